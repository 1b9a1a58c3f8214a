// @ts-check
// A problem of the ledger in words: what has it, what shows it, and who sees to it.

import { formatted, hasText, localized, t } from "../i18n.js";

/** @typedef {import("../types.js").LedgerProblem} LedgerProblem */

/** Shown with a problem elsewhere, or a file's name that says nothing. */
const SILENT = new Set(["photo", "photo_file"]);
const MOST = 3;

/** @param {string} theme */
const themeText = (theme) => (hasText(`theme.${theme}`) ? t(`theme.${theme}`) : theme);

/** @param {LedgerProblem} problem */
export function problemWords({ theme, name, name_en, key, evidence }) {
  const own = localized({ name_zh: name, name_en }, "name");
  return { place: own || `${themeText(theme)} ${key}`, why: evidenceWords(evidence).slice(0, MOST).join(" · ") };
}

/** @param {LedgerProblem} problem */
export const unitName = ({ unit, unit_en }) => localized({ unit_zh: unit, unit_en }, "unit") || "–";

/** @param {{zh: string, en: string} | null} words */
export const spoken = (words) => localized({ words_zh: words?.zh, words_en: words?.en }, "words");

/** @param {LedgerProblem} problem */
export const responsibleWords = ({ responsible, usual_responsible }) => responsible || t("problem.usually", { who: spoken(usual_responsible) });

/**
 * @param {Record<string, unknown> | null} evidence
 * @returns {string[]}
 */
export function evidenceWords(evidence) {
  return Object.entries(evidence ?? {})
    .filter(([name]) => !SILENT.has(name))
    .map(([name, value]) => (hasText(`evidence.${name}`) ? t(`evidence.${name}`, { value: valueText(name, value) }) : `${name} ${valueText(name, value)}`));
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function valueText(name, value) {
  if (typeof value === "string" && hasText(`evidence.${name}.${value}`)) return t(`evidence.${name}.${value}`);
  if (typeof value === "number" && name.endsWith("_year")) return String(value);
  return formatted(typeof value === "number" ? Math.round(value * 100) / 100 : value);
}
