// @ts-check
// Starts the viewer: page data, scene, layers, panels, keys, and the view in the address.

import { ScreenSpaceEventHandler, ScreenSpaceEventType, Math as CesiumMath, SceneTransforms, Cartesian3 } from "cesium";
import { Actions, coveredLeft, explained } from "./actions.js";
import { fetchJson } from "./api.js";
import { loadCatalogue, initialLayers } from "./catalogue.js";
import { pageConfig } from "./config.js";
import { followLink } from "./follow-link.js";
import { loadStrings, localized, t, useLang } from "./i18n.js";
import { listenToKeys } from "./keyboard.js";
import { currentView, focus, goHome, lowestGround, restoreView } from "./map/camera.js";
import { dragCorners } from "./map/draw-input.js";
import { MapLayers } from "./map/layers.js";
import { createScene, creditSources, lightFrom } from "./map/scene.js";
import { applyUnderground } from "./map/underground.js";
import { mountPanels } from "./panels/shell.js";
import { settled, watchBusy } from "./ready.js";
import { readHash, writeHash } from "./share.js";
import { initialState, Store } from "./store.js";

/** @typedef {import("./types.js").State} State */

const map = /** @type {HTMLElement} */ (document.getElementById("map"));
const credits = /** @type {HTMLElement} */ (document.getElementById("credits"));

async function start() {
  const page = pageConfig();
  const shared = readHash(location.hash);
  const store = new Store(initialState(shared.lang ?? page.lang, page.city));
  await loadStrings(store.state.lang);
  useLang(store.state.lang);

  const scene = openScene();
  if (!scene) return;
  const { widget, quality } = scene;
  const layers = new MapLayers(widget, quality, (layer, error) =>
    actions.toast("error", t("error.layer", { layer: localized(layer, "title") }), explained(error)),
  );
  const actions = new Actions(store, layers);
  mountPanels(store, actions);
  listenToKeys(map, actions);
  followPointer(store, layers, actions);
  widget.scene.renderError.addEventListener((/** @type {unknown} */ _, /** @type {unknown} */ error) =>
    actions.toast("error", t("error.render"), explained(error)),
  );

  const ready = show(store, layers, actions, shared).catch((error) => {
    store.set({ loading: { busy: false, started: true, failed: explained(error) } });
    actions.toast("error", t("error.start"), explained(error));
  });
  publish(store, layers, actions, ready);
}

/** The scene, or undefined with a word on the page where the browser has no WebGL 2. */
function openScene() {
  try {
    return createScene(map, credits);
  } catch (error) {
    console.error(error);
    const ui = /** @type {HTMLElement} */ (document.getElementById("ui"));
    ui.innerHTML = '<section class="card middle" role="alert"><h2></h2><p></p></section>';
    /** @type {HTMLElement} */ (ui.querySelector("h2")).textContent = t("error.start");
    /** @type {HTMLElement} */ (ui.querySelector("p")).textContent = t("error.webgl");
    return undefined;
  }
}

/**
 * @param {Store} store
 * @param {MapLayers} layers
 * @param {Actions} actions
 * @param {import("./share.js").SharedView} shared
 */
async function show(store, layers, actions, shared) {
  const { widget } = layers;
  const [city, groups] = await Promise.all([fetchJson("/api/city"), loadCatalogue()]);
  store.set({ city, groups, layers: initialLayers(groups, shared.layers) });
  if (shared.underground) store.set({ underground: shared.underground });
  // The panels are drawn first, so that the city comes to lie beside them.
  await Promise.resolve();
  if (city.bounds) {
    if (shared.camera) restoreView(widget, shared.camera);
    else goHome(widget, city, { seconds: 0, covered: coveredLeft() });
    lightFrom(widget.scene, focus(widget, 0).target);
  }
  creditSources(widget, city.attributions ?? []);
  await layers.add(groups.flatMap((/** @type {import("./types.js").Group} */ group) => group.layers), lowestGround(city));
  const apply = () => {
    layers.apply(store.state);
    applyUnderground(widget.scene, layers.quality, store.state.underground);
  };
  layers.onLoaded = apply;
  onChangeOf(store, (state) => [state.layers, state.underground, state.selection, state.network, state.examination, state.ledger], apply);
  apply();
  if (shared.selected) void actions.select(shared.selected.featureId, shared.selected.layer);
  if (shared.indicator) await actions.openShared(shared.indicator);
  rememberView(store, widget);
  listenToAddress(store, widget, actions);
  await settled(layers);
  store.set({ loading: { busy: false, started: true, failed: "" } });
  watchBusy(layers, (busy) => store.set({ loading: { ...store.state.loading, busy } }));
}

/**
 * Acts only when one of some parts of the state is another: a moving pointer must not draw the city anew.
 * @param {Store} store
 * @param {(state: State) => unknown[]} parts
 * @param {() => void} act
 */
function onChangeOf(store, parts, act) {
  let before = parts(store.state);
  store.subscribe((state) => {
    const now = parts(state);
    const same = now.every((part, index) => part === before[index]);
    before = now;
    if (!same) act();
  });
}

/**
 * Keeps the address in step with the view, so that a reload or a copied address brings it back.
 * @param {Store} store
 * @param {import("cesium").CesiumWidget} widget
 */
function rememberView(store, widget) {
  let timer = 0;
  const write = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(null, "", writeHash(store.state, currentView(widget))), 250);
  };
  widget.camera.moveEnd.addEventListener(write);
  store.subscribe(write);
  widget.camera.percentageChanged = 0.01;
  widget.camera.changed.addEventListener(() => store.set({ heading: CesiumMath.toDegrees(widget.camera.heading) }));
}

/**
 * Our own writing of the address is silent: what is heard is a link that somebody pasted, or the way back.
 * @param {Store} store
 * @param {import("cesium").CesiumWidget} widget
 * @param {Actions} actions
 */
function listenToAddress(store, widget, actions) {
  window.addEventListener("hashchange", (event) => {
    // Not `location`: a view that was about to be remembered may stand there already.
    followLink(readHash(new URL(event.newURL).hash), store, actions, (view) => {
      widget.camera.cancelFlight();
      restoreView(widget, view);
    });
  });
}

/**
 * @param {Store} store
 * @param {MapLayers} layers
 * @param {Actions} actions
 */
function followPointer(store, layers, actions) {
  const { widget } = layers;
  const handler = new ScreenSpaceEventHandler(widget.canvas);
  handler.setInputAction((/** @type {any} */ event) => void actions.pick(event.position.clone()), ScreenSpaceEventType.LEFT_CLICK);
  dragCorners(widget, actions.network);
  let scheduled = false;
  handler.setInputAction((/** @type {any} */ event) => {
    if (scheduled) return;
    scheduled = true;
    const at = event.endPosition.clone();
    setTimeout(() => {
      scheduled = false;
      store.set({ pointer: placeAt(store.state, widget, at) });
    }, 120);
  }, ScreenSpaceEventType.MOUSE_MOVE);
}

/**
 * Longitude, latitude and the city's height of the ground below the pointer.
 * @param {State} state
 * @param {import("cesium").CesiumWidget} widget
 * @param {import("cesium").Cartesian2} at
 */
function placeAt(state, widget, at) {
  const { camera, scene } = widget;
  const ray = camera.getPickRay(at);
  const target = ray && scene.globe.show ? scene.globe.pick(ray, scene) : undefined;
  if (!target) return null;
  const place = scene.ellipsoid.cartesianToCartographic(target);
  return {
    longitude: CesiumMath.toDegrees(place.longitude),
    latitude: CesiumMath.toDegrees(place.latitude),
    height: state.city ? place.height - state.city.ellipsoid_offset_m : null,
  };
}

/**
 * The hook that tests and the curious use: `await cim.ready`, `cim.viewer`, `cim.state`, `cim.settled()`,
 * `cim.windowOf(lon, lat, height)`.
 * @param {Store} store
 * @param {MapLayers} layers
 * @param {Actions} actions
 * @param {Promise<void>} ready
 */
function publish(store, layers, actions, ready) {
  /** @type {any} */ (window).cim = {
    ready,
    viewer: layers.widget,
    layers,
    actions,
    get state() {
      return store.state;
    },
    settled: () => settled(layers),
    windowOf: (/** @type {number} */ longitude, /** @type {number} */ latitude, /** @type {number} */ height) => {
      const place = Cartesian3.fromDegrees(longitude, latitude, height);
      const at = SceneTransforms.worldToWindowCoordinates(layers.widget.scene, place);
      return at ? { x: at.x, y: at.y } : null;
    },
  };
}

void start();
