// @ts-check
// One box: a feature's number, a place ("106.56, 29.56"), or the name of a layer.

import { html, nothing } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { localized, t } from "../i18n.js";
import { goToBounds } from "../map/camera.js";
import { icon } from "./icons.js";

/** @typedef {import("../types.js").State} State */
/** @typedef {import("../actions.js").Actions} Actions */
/** @typedef {{title: string, kind: string, act: () => void}} Suggestion */

/**
 * @param {State} state
 * @param {Actions} actions
 */
export function searchBox(state, actions) {
  const found = suggestions(state, actions);
  const clear = () => actions.store.set({ query: "" });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!found.length) return;
    found[0].act();
    clear();
  };
  return html`<form class="search" role="search" @submit=${submit}>
    ${icon("search")}
    <input
      id="search"
      type="search"
      autocomplete="off"
      placeholder=${t("search.hint")}
      aria-label=${t("search.title")}
      aria-controls="search-results"
      .value=${live(state.query)}
      @input=${(/** @type {any} */ event) => actions.store.set({ query: event.target.value })}
    />
    ${state.query.trim()
      ? html`<ul id="search-results" class="card results">
          ${found.map(
            ({ title, kind, act }) => html`<li>
              <button type="button" @click=${() => (act(), clear())}><span>${title}</span><small>${kind}</small></button>
            </li>`,
          )}
          ${found.length ? nothing : html`<li class="hint">${t("search.nothing")}</li>`}
        </ul>`
      : nothing}
  </form>`;
}

/**
 * @param {State} state
 * @param {Actions} actions
 * @returns {Suggestion[]}
 */
function suggestions(state, actions) {
  const query = state.query.trim();
  if (!query) return [];
  return [...byNumber(query, actions), ...byPlace(query, state, actions), ...byTitle(query, state, actions)];
}

/**
 * @param {string} query
 * @param {Actions} actions
 * @returns {Suggestion[]}
 */
function byNumber(query, actions) {
  const match = /^#?(\d{1,15})$/.exec(query);
  if (!match) return [];
  return [{ title: `#${match[1]}`, kind: t("search.feature"), act: () => void actions.find(Number(match[1])) }];
}

/**
 * @param {string} query
 * @param {State} state
 * @param {Actions} actions
 * @returns {Suggestion[]}
 */
function byPlace(query, state, actions) {
  const match = /^(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)$/.exec(query);
  const { city } = state;
  if (!match || !city) return [];
  const [longitude, latitude] = [Number(match[1]), Number(match[2])];
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 90) return [];
  const near = 0.001;
  const act = () =>
    goToBounds(actions.widget, city, [longitude - near, latitude - near, longitude + near, latitude + near], actions.flight);
  return [{ title: `${longitude}°, ${latitude}°`, kind: t("search.place"), act }];
}

/**
 * @param {string} query
 * @param {State} state
 * @param {Actions} actions
 * @returns {Suggestion[]}
 */
function byTitle(query, state, actions) {
  const wanted = query.toLowerCase();
  return state.groups
    .flatMap((group) => group.layers)
    .filter((layer) => `${layer.title_zh} ${layer.title_en} ${layer.name}`.toLowerCase().includes(wanted))
    .slice(0, 8)
    .map((layer) => ({ title: localized(layer, "title"), kind: t("search.layer"), act: () => actions.flyToLayer(layer) }));
}
