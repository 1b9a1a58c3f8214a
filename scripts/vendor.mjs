// Copies what the browser needs out of node_modules into web/viewer/vendor, so that the server (and the wheel)
// serves everything from the package's own folder. Run after `npm ci`; running it again gives the same tree.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const target = join(root, "web", "viewer", "vendor");
const staging = `${target}.new`;

const cesium = "cesium/Build/Cesium";
/** Source below node_modules → destination below vendor. Folders are copied whole. */
const files = {
  [`${cesium}/index.js`]: "cesium/index.js",
  [`${cesium}/Workers`]: "cesium/Workers",
  [`${cesium}/Assets/approximateTerrainHeights.json`]: "cesium/Assets/approximateTerrainHeights.json",
  [`${cesium}/Assets/IAU2006_XYS`]: "cesium/Assets/IAU2006_XYS",
  [`${cesium}/Assets/Images`]: "cesium/Assets/Images",
  [`${cesium}/Assets/Textures/NaturalEarthII`]: "cesium/Assets/Textures/NaturalEarthII",
  [`${cesium}/Assets/Textures/waterNormalsSmall.jpg`]: "cesium/Assets/Textures/waterNormalsSmall.jpg",
  [`${cesium}/ThirdParty/draco_decoder.wasm`]: "cesium/ThirdParty/draco_decoder.wasm",
  [`${cesium}/ThirdParty/basis_transcoder.wasm`]: "cesium/ThirdParty/basis_transcoder.wasm",
  [`${cesium}/Widgets/CesiumWidget/CesiumWidget.css`]: "cesium/CesiumWidget.css",
  "cesium/LICENSE.md": "cesium/LICENSE.md",
  "lit-html/lit-html.js": "lit-html/lit-html.js",
  "lit-html/directive.js": "lit-html/directive.js",
  "lit-html/directive-helpers.js": "lit-html/directive-helpers.js",
  "lit-html/directives/live.js": "lit-html/directives/live.js",
  "lit-html/directives/repeat.js": "lit-html/directives/repeat.js",
  "lit-html/LICENSE": "lit-html/LICENSE",
  "pbf/index.js": "pbf/index.js",
  "pbf/LICENSE": "pbf/LICENSE",
  "@mapbox/vector-tile/index.js": "@mapbox/vector-tile/index.js",
  "@mapbox/vector-tile/LICENSE.txt": "@mapbox/vector-tile/LICENSE.txt",
  "@mapbox/point-geometry/index.js": "@mapbox/point-geometry/index.js",
  "@mapbox/point-geometry/LICENSE": "@mapbox/point-geometry/LICENSE",
};

if (!existsSync(modules)) {
  console.error("vendor: no node_modules: run npm ci first");
  process.exit(1);
}
rmSync(staging, { recursive: true, force: true });
for (const [source, destination] of Object.entries(files)) {
  const to = join(staging, destination);
  mkdirSync(dirname(to), { recursive: true });
  cpSync(join(modules, source), to, { recursive: true });
}
withoutEval(join(staging, "cesium", "index.js"));
rmSync(target, { recursive: true, force: true });
renameSync(staging, target);
console.log(`vendor: ${Object.keys(files).length} entries copied to web/viewer/vendor`);

/**
 * CesiumJS carries knockout (for widgets that we do not use), which finds the global object by eval as it loads.
 * Our Content-Security-Policy forbids eval, so the copy says globalThis instead.
 * @param {string} path
 */
function withoutEval(path) {
  const text = readFileSync(path, "utf8");
  const parts = text.split('this||(0,eval)("this")');
  if (parts.length !== 2) {
    console.error(`vendor: ${path}: expected one eval, found ${parts.length - 1}: adapt withoutEval to this CesiumJS`);
    process.exit(1);
  }
  writeFileSync(path, `/* Changed by scripts/vendor.mjs: one eval replaced by globalThis. */\n${parts.join("globalThis")}`);
}
