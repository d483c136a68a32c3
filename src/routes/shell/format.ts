/** "3:07", "1:02:45". */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** "3:07.4". */
export function formatPosition(seconds: number): string {
  const tenths = Math.floor((Math.max(0, seconds) % 1) * 10);
  return `${formatClock(seconds)}.${tenths}`;
}

/** "About 2 min left": rough on purpose. */
export function formatTimeLeft(seconds: number): string {
  if (seconds < 5) return 'A few seconds left';
  if (seconds < 55) return `About ${Math.ceil(seconds / 5) * 5} s left`;
  return `About ${Math.max(1, Math.round(seconds / 60))} min left`;
}

/** "412 KB", "3.4 MB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`;
}

/** "-3.5 dB", "+2 dB", "0 dB". */
export function formatDb(db: number): string {
  const text = Number.isInteger(db) ? String(Math.abs(db)) : Math.abs(db).toFixed(1);
  if (db === 0) return '0 dB';
  return `${db < 0 ? '−' : '+'}${text} dB`;
}

// Made while the page loads: the first takes 40 ms, which would be felt when a job starts.
const TIME_OF_DAY = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
const DAY_OF_YEAR = new Intl.DateTimeFormat([], { day: 'numeric', month: 'short' });

export function formatDay(timeMs: number): string {
  const date = new Date(timeMs);
  const isToday = date.toDateString() === new Date().toDateString();
  return (isToday ? TIME_OF_DAY : DAY_OF_YEAR).format(date);
}
