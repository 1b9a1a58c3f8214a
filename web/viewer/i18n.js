// @ts-check
// Interface strings in two languages, switched in place. Both files are small, so both are read at the start.

import { served } from "./config.js";

/** @typedef {import("./types.js").Lang} Lang */

/** @type {Record<Lang, Record<string, string>>} */
const strings = { "zh-CN": {}, en: {} };
/** @type {Lang} */
let current = "zh-CN";

/** @param {Lang} lang */
export async function loadStrings(lang) {
  current = lang;
  const langs = /** @type {Lang[]} */ (Object.keys(strings));
  await Promise.all(
    langs.map(async (name) => {
      const response = await fetch(served(`/static/locales/${name}.json`));
      if (response.ok) strings[name] = await response.json();
    }),
  );
}

export const currentLang = () => current;

/** @param {Lang} lang */
export function useLang(lang) {
  current = lang;
  document.documentElement.lang = lang;
}

/**
 * The string of that key, with `{name}` places filled.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = strings[current][key] ?? strings.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Whether there is a string of that key. @param {string} key */
export const hasText = (key) => key in strings[current] || key in strings.en;

/**
 * The field in the current language: `titled(layer, "title")` reads `title_zh` or `title_en`.
 * @param {any} record
 * @param {string} field
 * @returns {string}
 */
export function localized(record, field) {
  const [first, second] = current === "en" ? ["en", "zh"] : ["zh", "en"];
  return record?.[`${field}_${first}`] || record?.[`${field}_${second}`] || "";
}

/**
 * A value as people read it: grouped digits, dates in the language, booleans as words.
 * @param {unknown} value
 * @returns {string}
 */
export function formatted(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  if (typeof value === "number") return formattedNumber(value);
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value)) {
    return new Date(value).toLocaleString(current, { dateStyle: "medium", timeStyle: "short" });
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** @param {number} value */
function formattedNumber(value) {
  if (Number.isInteger(value) && Math.abs(value) < 10000) return String(value);
  return value.toLocaleString(current, { maximumFractionDigits: Math.abs(value) < 1 ? 4 : 2 });
}
