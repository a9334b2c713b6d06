// Reads a QR code with the camera into the form around it (templates/components/camera.html), beside the form's
// ordinary way. The browser's own reader where there is one, else the one fetched at install; where there is
// neither, or no camera can be had, the component stays hidden. What is read goes out by the form's POST and
// stays nowhere: not in an address, not in storage, not on the page.

import { judge } from "./codes.js";

const PATIENCE = 15_000; // ms without any code before advice is given
const ENOUGH = 120_000; // ms without the right one before the camera goes off: batteries last, pages get locked
const PAUSE = 120; // ms between two looks
const FAULTS = 3; // looks at which the browser's own reader may fail before the fetched one takes over
const LONG_SIDE = 1280; // pixels of the picture that the fetched reader looks at
const CAMERA = { audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } };

const REFUSALS = {
  NotAllowedError: "Máy chưa cho trang này dùng camera. Bấm vào biểu tượng cạnh địa chỉ trang, cho phép camera, rồi quét lại.",
  NotFoundError: "Máy này không có camera.",
  NotReadableError: "Camera đang bận. Đóng ứng dụng khác đang dùng camera rồi quét lại.",
};
REFUSALS.SecurityError = REFUSALS.NotAllowedError;
REFUSALS.OverconstrainedError = REFUSALS.NotFoundError;
REFUSALS.AbortError = REFUSALS.NotReadableError;

customElements.define("camera-reader", class extends HTMLElement {
  async connectedCallback() {
    for (const part of this.querySelectorAll("[data-part]")) this[part.dataset.part] = part;
    if (!navigator.mediaDevices || !(this.dataset.reader || await hasOwnReader())) return;
    this.hidden = false;
    this.gone = new AbortController();
    const { signal } = this.gone;
    this.start.addEventListener("click", () => this.open(), { signal });
    this.stop.addEventListener("click", () => this.close(), { signal });
    this.torch.addEventListener("click", () => this.light(), { signal });
    this.addEventListener("keydown", (event) => { if (event.key === "Escape" && this.turn) this.close(); }, { signal });
    addEventListener("pagehide", () => this.close(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (document.hidden && this.turn) this.close("Camera đã tắt khi trang bị che. Bấm để quét lại.");
    }, { signal });
  }

  disconnectedCallback() {
    this.close();
    this.gone?.abort();
  }

  async open() {
    const turn = this.turn = {}; // what still runs for an earlier turn sees that it is over
    this.start.hidden = true;
    this.view.hidden = false;
    this.stop.focus();
    this.say("Đang mở camera…");
    try {
      const [stream, read] = await Promise.all([this.film(turn), this.reader()]);
      if (turn !== this.turn) return;
      const [track] = stream.getVideoTracks();
      track.addEventListener("ended", () => { if (turn === this.turn) this.close("Camera vừa bị ngắt. Bấm để quét lại."); });
      this.torch.hidden = !track.getCapabilities?.().torch;
      this.say("Đưa mã vào giữa khung.");
      await this.watch(turn, read);
    } catch (error) {
      if (turn !== this.turn) return;
      this.close(`${REFUSALS[error.name] ?? "Chưa mở được bộ đọc mã. Xem lại mạng rồi quét lại."} ${this.otherwise}`);
    }
  }

  /** Shows the camera's picture; gives its stream, which ends at once when the turn is already over. */
  async film(turn) {
    const stream = await navigator.mediaDevices.getUserMedia(CAMERA);
    if (turn !== this.turn) end(stream);
    else {
      this.stream = stream;
      this.video.srcObject = stream;
      await this.video.play();
    }
    return stream;
  }

  async watch(turn, read) {
    const begun = Date.now();
    let seen = begun;
    while (turn === this.turn) {
      const texts = new Set(await read(this.video).catch(() => [])); // a frame that cannot be read is no code
      if (turn !== this.turn) return;
      const now = Date.now();
      if (texts.size) seen = now;
      if (texts.size === 1) this.weigh(texts.values().next().value);
      else if (texts.size) this.say(this.dataset.two ?? "Thấy hai mã cùng lúc. Che bớt, chỉ để lại mã cần quét.");
      else if (now - seen > PATIENCE) this.say(`Chưa thấy mã nào. Đưa gần cho mã đầy khung, tránh chói, lau ống kính. ${this.otherwise}`);
      if (now - begun > ENOUGH) this.close(`Camera đã tắt cho đỡ pin. ${this.otherwise}`);
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  weigh(text) {
    const homes = [this.dataset.home, location.origin];
    const { value, fields, fault } = judge(text, { expects: this.dataset.expects, homes });
    if (fault) return this.say(fault);
    if (fields) return this.fill(fields);
    if (this.dataset.stay !== undefined) return this.hold(value);
    this.close("Đã đọc được mã, đang gửi…");
    const form = this.closest("form");
    const own = form.elements[this.dataset.into];
    const field = own ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: this.dataset.into }));
    field.value = value;
    form.requestSubmit();
    if (!own) field.remove(); // the browser has taken it along; nothing of it stays on the page
  }

  /** Puts what was read into the fields that the form has, to be looked at before somebody sends it. */
  fill(fields) {
    const { elements } = this.closest("form");
    for (const [name, value] of Object.entries(fields)) {
      const field = elements.namedItem(name);
      if (field) field.value = value;
    }
    this.close("Đã điền theo thẻ. Xem lại, rồi ghi tiếp phần dưới.");
  }

  /** On a slip nothing is sent yet: what was read waits in its field. */
  hold(value) {
    this.closest("form").elements.namedItem(this.dataset.into).value = value;
    this.close("Đã đọc được mã. Ghi tiếp phần dưới rồi bấm Lưu phiếu.");
  }

  close(words = "") {
    this.turn = null;
    end(this.stream);
    this.stream = this.video.srcObject = null;
    const hadFocus = this.view.contains(document.activeElement);
    this.view.hidden = this.torch.hidden = true;
    this.torch.setAttribute("aria-pressed", "false");
    this.start.hidden = false;
    if (hadFocus) this.start.focus();
    this.say(words);
  }

  async light() {
    const on = this.torch.getAttribute("aria-pressed") !== "true";
    try {
      await this.stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
      this.torch.setAttribute("aria-pressed", String(on));
    } catch {
      this.torch.hidden = true; // promised by the camera, not kept
    }
  }

  /** The function from a video to the texts of the QR codes in its picture; kept once it is there. */
  async reader() {
    return this.read ??= await hasOwnReader() ? ownReader(this.dataset) : await fetchedReader(this.dataset);
  }

  get otherwise() {
    return `Vẫn có thể ${this.dataset.otherwise}.`;
  }

  say(words) {
    if (this.says.textContent !== words) this.says.textContent = words; // screen readers hear it once
  }
});

function end(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

async function hasOwnReader() {
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false; // not in this browser, or not working on this machine
  }
}

/** Some browsers promise to read codes and fail at every picture: after the third in a row ours reads. */
function ownReader(dataset) {
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let read = async (video) => (await detector.detect(video)).map((code) => code.rawValue);
  let faults = 0;
  return async (video) => {
    try {
      const texts = await read(video);
      faults = 0;
      return texts;
    } catch (error) {
      if (++faults >= FAULTS && dataset.reader) {
        faults = 0; // if it cannot be fetched now, it is tried again some looks later
        read = await fetchedReader(dataset);
      }
      throw error;
    }
  };
}

/** zxing-wasm from our own static files; without a location it would fetch its program from elsewhere. */
async function fetchedReader({ reader, program }) {
  if (!globalThis.ZXingWASM) await loaded(reader);
  const { prepareZXingModule, readBarcodes } = globalThis.ZXingWASM;
  await prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LONG_SIDE / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const codes = await readBarcodes(picture, { formats: ["QRCode"], maxNumberOfSymbols: 2 });
    return codes.map(textOf);
  };
}

function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

/** Content as text: UTF-8, which payment codes use without saying so, else what the reader guessed. */
function textOf(code) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(code.bytes);
  } catch {
    return code.text;
  }
}
