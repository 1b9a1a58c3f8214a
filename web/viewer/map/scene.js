// @ts-check
// The globe: offline base imagery, our terrain, light that gives buildings shape, and an idle CPU when nothing moves.

import {
  buildModuleUrl,
  Cartesian3,
  CesiumTerrainProvider,
  CesiumWidget,
  Color,
  Credit,
  CreditDisplay,
  CustomHeightmapTerrainProvider,
  DirectionalLight,
  EllipsoidTerrainProvider,
  ImageryLayer,
  JulianDate,
  Math as CesiumMath,
  Matrix4,
  TileMapServiceImageryProvider,
  Transforms,
} from "cesium";
import { served } from "../config.js";
import { chosenQuality } from "./quality.js";

/** Where the sun stands: from the south-west, so that façades seen from the south have a bright and a shaded side. */
const SUN_AZIMUTH_DEG = 232;
const SUN_ELEVATION_DEG = 44;
const PLAIN_SKY = "#cfdde8";

/**
 * @param {HTMLElement} container
 * @param {HTMLElement} credits
 */
export function createScene(container, credits) {
  // Part of CesiumJS's public JavaScript, though missing from its types.
  /** @type {any} */ (buildModuleUrl).setBaseUrl(served("/static/cesium/"));
  CreditDisplay.cesiumCredit = new Credit('<a href="https://cesium.com/cesiumjs/" rel="noopener" target="_blank">CesiumJS</a>', true);
  const quality = chosenQuality();
  const earth = ImageryLayer.fromProviderAsync(
    TileMapServiceImageryProvider.fromUrl(buildModuleUrl("Assets/Textures/NaturalEarthII")),
    { maximumAnisotropy: quality.anisotropy },
  );
  const widget = new CesiumWidget(container, {
    baseLayer: earth,
    terrainProvider: new EllipsoidTerrainProvider(),
    skyBox: false,
    scene3DOnly: true,
    requestRenderMode: true,
    maximumRenderTimeChange: Infinity,
    creditContainer: credits,
    useBrowserRecommendedResolution: false,
    msaaSamples: quality.samples,
    showRenderLoopErrors: false,
  });
  widget.resolutionScale = Math.min(window.devicePixelRatio || 1, 2) / (window.devicePixelRatio || 1);
  // A fixed day: nothing in the picture depends on when it is looked at.
  widget.clock.currentTime = JulianDate.fromIso8601("2024-06-21T04:00:00Z");
  dress(widget.scene, quality);
  fadeNearby(widget, earth);
  return { widget, quality };
}

/**
 * The world's picture has two kilometres a pixel: near the ground it is one flat tint, and gives way to plain paper.
 * @param {CesiumWidget} widget
 * @param {ImageryLayer} earth
 */
function fadeNearby(widget, earth) {
  widget.scene.preRender.addEventListener(() => {
    const height = Math.max(widget.camera.positionCartographic.height, 1);
    earth.alpha = CesiumMath.clamp(Math.log10(height / 20_000) / 1.5, 0.12, 1);
  });
}

/**
 * @param {import("cesium").Scene} scene
 * @param {import("./quality.js").Quality} quality
 */
function dress(scene, quality) {
  const { globe } = scene;
  globe.baseColor = Color.fromCssColorString("#f2f4ef");
  globe.enableLighting = true;
  // Level ground comes out at 0.85 of its colour, so that slopes to and from the sun both show.
  globe.lambertDiffuseMultiplier = 1.08;
  globe.vertexShadowDarkness = 0.2;
  globe.dynamicAtmosphereLighting = false;
  globe.depthTestAgainstTerrain = true;
  globe.tileCacheSize = 400;
  globe.maximumScreenSpaceError = quality.atmosphere ? 1.6 : 2.5;
  globe.preloadAncestors = quality.atmosphere;
  // No public setting exists for this; where the name is gone, tiles merely arrive more slowly.
  /** @type {any} */ (globe)._surface._loadQueueTimeSlice = quality.tileSliceMs;
  globe.showGroundAtmosphere = quality.atmosphere;
  // The sky's light is summed up for 65,000 corners in each frame: two thirds of a frame without a graphics card.
  if (scene.skyAtmosphere) scene.skyAtmosphere.show = quality.atmosphere;
  if (!quality.atmosphere) scene.backgroundColor = Color.fromCssColorString(PLAIN_SKY);
  scene.fog.enabled = true;
  scene.fog.density = 0.00016;
  scene.fog.minimumBrightness = 0.35;
  scene.highDynamicRange = false;
  scene.pickTranslucentDepth = false;
  scene.screenSpaceCameraController.minimumZoomDistance = 4;
  scene.screenSpaceCameraController.maximumZoomDistance = 3.0e7;
}

/**
 * Sunlight as seen from the city, whatever the city's longitude.
 * @param {import("cesium").Scene} scene
 * @param {Cartesian3} centre
 */
export function lightFrom(scene, centre) {
  const azimuth = CesiumMath.toRadians(SUN_AZIMUTH_DEG);
  const elevation = CesiumMath.toRadians(SUN_ELEVATION_DEG);
  const flat = Math.cos(elevation);
  const towardsSun = new Cartesian3(flat * Math.sin(azimuth), flat * Math.cos(azimuth), Math.sin(elevation));
  const frame = Transforms.eastNorthUpToFixedFrame(centre);
  const world = Matrix4.multiplyByPointAsVector(frame, towardsSun, new Cartesian3());
  const direction = Cartesian3.negate(Cartesian3.normalize(world, world), world);
  scene.light = new DirectionalLight({ direction, color: Color.fromCssColorString("#fff8ec"), intensity: 1.9 });
}

/**
 * @param {import("cesium").Scene} scene
 * @param {string} url folder of layer.json
 */
export async function useTerrain(scene, url) {
  scene.terrainProvider = await CesiumTerrainProvider.fromUrl(served(url), { requestVertexNormals: true });
}

/**
 * A city without a terrain model stands on level ground, not on the bare ellipsoid, which may lie far below it.
 * @param {import("cesium").Scene} scene
 * @param {number} heightM above the ellipsoid
 */
export function useLevelGround(scene, heightM) {
  const side = 33; // fewer posts would make for smaller tiles, and for many more of them
  scene.terrainProvider = new CustomHeightmapTerrainProvider({
    width: side,
    height: side,
    callback: () => new Float32Array(side * side).fill(heightM),
  });
}

/**
 * @param {CesiumWidget} widget
 * @param {Array<string | {name: string, text: string}>} attributions
 */
export function creditSources(widget, attributions) {
  for (const entry of attributions) {
    const text = typeof entry === "string" ? entry : (entry.text ?? entry.name);
    const safe = document.createElement("span");
    safe.textContent = text;
    widget.creditDisplay.addStaticCredit(new Credit(safe.innerHTML, true));
  }
}
