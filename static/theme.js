// Sets the theme before the first paint. The key is the one of src/lib/state/preferences.svelte.ts.
(() => {
  let theme = 'system';
  try {
    theme = localStorage.getItem('loopmind-theme') ?? theme;
  } catch {
    // Site data is blocked: follow the system.
  }
  const light = theme === 'light' || (theme !== 'dark' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
