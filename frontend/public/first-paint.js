// Sets the remembered theme and density before anything is drawn, so that a reload never flashes the other theme.
(() => {
  let scheme = "auto";
  let density = "comfortable";
  try {
    scheme = localStorage.getItem("control-center.theme") || scheme;
    density = localStorage.getItem("control-center.density") || density;
  } catch {
    // A browser that keeps nothing gets the system's theme.
  }
  const dark = scheme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : scheme === "dark";
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  document.documentElement.setAttribute("data-density", density);
})();
