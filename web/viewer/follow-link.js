// @ts-check
// A share link that is pasted into an open tab: the page stays, the view becomes the link's.

import { initialLayers } from "./catalogue.js";

/** @typedef {import("./share.js").SharedView} SharedView */

/**
 * A whole link names its layers, and with them says that what it does not name is off; of any other, only what it
 * names is changed.
 * @param {SharedView} shared
 * @param {import("./store.js").Store} store
 * @param {Pick<import("./actions.js").Actions, "useLang" | "select" | "deselect" | "openShared">} actions
 * @param {(view: import("./types.js").CameraView) => void} look
 */
export function followLink(shared, store, actions, look) {
  const { groups, lang, underground } = store.state;
  const whole = shared.layers !== undefined;
  if (shared.lang && shared.lang !== lang) actions.useLang(shared.lang);
  if (whole) store.set({ layers: initialLayers(groups, shared.layers) });
  if (shared.underground) store.set({ underground: shared.underground });
  else if (whole) store.set({ underground: { ...underground, on: false } });
  if (shared.camera) look(shared.camera);
  if (shared.selected) void actions.select(shared.selected.featureId, shared.selected.layer);
  else if (whole) actions.deselect();
  if (shared.indicator) void actions.openShared(shared.indicator);
}
