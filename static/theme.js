// Sets the theme before the first paint. The key is the one of src/lib/state/preferences.svelte.ts.
(() => {
  let theme = 'dark';
  try {
    theme = localStorage.getItem('loopmind-theme') ?? theme;
  } catch {
    // Site data is blocked: dark, as by default.
  }
  const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
