// @ts-check
// What the page says about itself, and where things are served (also below a proxy's prefix).

/**
 * @typedef {object} PageConfig
 * @property {string} root path prefix of the application, "" at the top
 * @property {import("./types.js").Lang} lang
 * @property {import("./types.js").City | null} city
 * @property {{pressure: string[], hydrants: string[]}} networks those that valves part, and those with hydrants
 */

/** @returns {PageConfig} */
export function pageConfig() {
  const element = document.getElementById("cim-config");
  const page = element?.textContent ? JSON.parse(element.textContent) : {};
  const { root = "", city = null, networks = { pressure: [], hydrants: [] } } = page;
  return { root, lang: page.lang === "en" ? "en" : "zh-CN", city, networks };
}

/**
 * Where the application serves a path that starts with "/".
 * @param {string} path
 */
export const served = (path) => (path.startsWith("/") ? pageConfig().root + path : path);
