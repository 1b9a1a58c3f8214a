// @ts-check
// What several answers tell alike: a fact in a table, and what was left out and why.

import { html } from "lit-html";
import { formatted, localized, t } from "../i18n.js";

/**
 * @param {string} title key of the locale
 * @param {unknown} value
 */
export const fact = (title, value) => html`<tr>
  <th scope="row">${t(title)}</th>
  <td>${value}</td>
</tr>`;

/** @param {Record<string, import("../types.js").LeftOut>} some */
export const leftOut = (some) =>
  Object.values(some).map(
    ({ count, en, zh }) => html`<p class="hint tight">
      ${t("trace.leftOut", { count: formatted(count), why: localized({ why_en: en, why_zh: zh }, "why") })}
    </p>`,
  );
