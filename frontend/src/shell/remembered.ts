/** What this browser remembers for its person. One that keeps nothing still works, until it is closed. */

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // What was chosen holds for as long as the page is open.
  }
}
