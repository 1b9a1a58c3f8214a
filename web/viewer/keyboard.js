// @ts-check
// Everything by keyboard: the map moves with the arrows when it has the focus; letters work wherever no text is typed.

/** @typedef {import("./actions.js").Actions} Actions */

const STEP = 0.08;
const TURN_DEG = 6;

/**
 * @param {HTMLElement} map
 * @param {Actions} actions
 */
export function listenToKeys(map, actions) {
  map.addEventListener("keydown", (event) => {
    if (moveMap(event, actions)) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") actions.escape();
    else if (!isTyping(event.target) && shortcut(event.key, actions)) event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return target instanceof HTMLInputElement && target.type !== "checkbox" && target.type !== "range";
}

/**
 * @param {KeyboardEvent} event
 * @param {Actions} actions
 */
function moveMap(event, actions) {
  const [right, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
  if (event.key === "Enter" || event.key === " ") void actions.pick();
  else if (event.key === "Backspace" && actions.network.state.drawing) actions.network.dropCorner();
  else if (event.key === "+" || event.key === "=") actions.zoom(0.7);
  else if (event.key === "-") actions.zoom(1.4);
  else if (!right && !up) return false;
  else if (event.shiftKey) actions.turn(right * TURN_DEG, up * -TURN_DEG);
  else actions.slide(right * STEP, up * STEP);
  return true;
}

/**
 * @param {string} key
 * @param {Actions} actions
 */
function shortcut(key, actions) {
  const { store } = actions;
  switch (key.toLowerCase()) {
    case "h":
      actions.home();
      return true;
    case "n":
      actions.north();
      return true;
    case "u":
      actions.toggleUnderground();
      return true;
    case "l":
      actions.showPanel("layers");
      return true;
    case "g":
      actions.showPanel("legend");
      return true;
    case "p":
      actions.showPanel("network");
      return true;
    case "/":
      if (store.state.panel === "none") store.set({ panel: "layers" });
      queueMicrotask(() => document.getElementById("search")?.focus());
      return true;
    case "?":
      store.set({ help: !store.state.help });
      return true;
    default:
      return false;
  }
}
