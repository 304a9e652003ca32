// Runs in <head>, before the first paint.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem('theme');
  } catch {
    // Storage is blocked: the theme of the system stays.
  }
  // As a style of the element, it also holds while the style sheet loads.
  if (theme === 'light' || theme === 'dark') document.documentElement.style.colorScheme = theme;
})();
