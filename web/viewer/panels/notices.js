// @ts-check
// What the page says by itself: loading, nothing loaded, cannot start, toasts, and the keys.

import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { localized, t } from "../i18n.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */

/** @param {State} state */
export function loadingNotice(state) {
  const { started, failed, busy } = state.loading;
  if (failed || (started && !busy)) return nothing;
  if (started) return html`<div class="loading-bar" role="progressbar" aria-label=${t("loading")}></div>`;
  return html`<div class="card loading-card" role="status">
    <span class="spinner" aria-hidden="true"></span>
    <span>${state.city ? t("loading.city", { city: localized(state.city, "name") }) : t("loading")}</span>
  </div>`;
}

/** @param {State} state */
export function middleNotice(state) {
  if (state.loading.failed) {
    return html`<section class="card middle" role="alert">
      ${icon("warning")}
      <h2>${t("error.start")}</h2>
      <p>${state.loading.failed}</p>
      <button class="primary" @click=${() => location.reload()}>${t("error.retry")}</button>
    </section>`;
  }
  const empty = state.loading.started && !state.groups.some((group) => group.layers.length);
  if (!empty) return nothing;
  return html`<section class="card middle" id="empty-city">
    ${icon("layers")}
    <h2>${t("empty.title")}</h2>
    <p>${t("empty.detail")}</p>
    <pre>cim load city.toml</pre>
  </section>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function toasts(state, actions) {
  return html`<div class="toasts" role="region" aria-label=${t("toast.title")}>
    ${repeat(
      state.toasts,
      (toast) => toast.id,
      (toast) => html`<div class="card toast ${toast.kind}" role=${toast.kind === "error" ? "alert" : "status"}>
        ${icon(toast.kind === "error" ? "warning" : "info")}
        <div>
          <strong>${toast.title}</strong>
          ${toast.detail ? html`<p>${toast.detail}</p>` : nothing}
        </div>
        <button class="quiet" aria-label=${t("close")} @click=${() => actions.dismiss(toast.id)}>${icon("close")}</button>
      </div>`,
    )}
  </div>`;
}

const KEYS = /** @type {const} */ ([
  ["← ↑ → ↓", "keys.move"],
  ["⇧ + ← ↑ → ↓", "keys.turn"],
  ["+  −", "keys.zoom"],
  ["Enter", "keys.pick"],
  ["H", "keys.home"],
  ["N", "keys.north"],
  ["U", "keys.underground"],
  ["L  G", "keys.panels"],
  ["P", "keys.network"],
  ["/", "keys.search"],
  ["Esc", "keys.escape"],
]);

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function helpPanel(state, actions) {
  if (!state.help) return nothing;
  return html`<section class="card help" id="help" role="dialog" aria-label=${t("help.title")}>
    <header>
      <h2>${t("help.title")}</h2>
      <button class="quiet" aria-label=${t("close")} @click=${() => actions.store.set({ help: false })}>${icon("close")}</button>
    </header>
    <p>${t("help.mouse")}</p>
    <dl>
      ${KEYS.map(([keys, what]) => html`<dt><kbd>${keys}</kbd></dt><dd>${t(what)}</dd>`)}
    </dl>
  </section>`;
}
