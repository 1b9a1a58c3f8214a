// @ts-check
// When is everything that is shown really there? Tiles come in waves, so it must stay quiet for several frames.

/** @typedef {import("./map/layers.js").MapLayers} MapLayers */

const QUIET_FRAMES = 3;

/**
 * Resolves once globe and visible tilesets have been complete for several frames in a row.
 * @param {MapLayers} layers
 * @returns {Promise<void>}
 */
export function settled(layers) {
  const { scene } = layers.widget;
  let quiet = 0;
  return new Promise((resolve) => {
    const remove = scene.postRender.addEventListener(() => {
      quiet = layers.busy() ? 0 : quiet + 1;
      if (quiet < QUIET_FRAMES) {
        setTimeout(() => scene.requestRender(), quiet ? 30 : 100);
        return;
      }
      remove();
      resolve();
    });
    scene.requestRender();
  });
}

/**
 * Tells when tiles begin and cease to be on their way; brief spells are not worth telling.
 * @param {MapLayers} layers
 * @param {(busy: boolean) => void} tell
 */
export function watchBusy(layers, tell) {
  let told = false;
  let before = false;
  layers.widget.scene.postRender.addEventListener(() => {
    const busy = layers.busy();
    if (busy === before && busy !== told) {
      told = busy;
      tell(busy);
    }
    before = busy;
    if (busy !== told) setTimeout(() => layers.widget.scene.requestRender(), 200);
  });
}
