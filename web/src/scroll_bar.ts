// ScrollBar: the pane's own scroll bar, because the browser's can only measure what is in the page. Its track is the
// whole of what is selected, in bytes; the thumb is what is in sight. Dragging asks for a fraction of the whole.

const LEAST_THUMB = 28;

export interface ScrollSpan {
  /** Fractions of the whole: where what is in sight begins, and how much of it there is. */
  readonly from: number;
  readonly size: number;
}

export class ScrollBar {
  readonly root = document.createElement("div");
  private readonly thumb = document.createElement("div");
  private readonly label = document.createElement("div");
  private span: ScrollSpan = { from: 1, size: 1 };
  private height = 0;
  /** Of a thumb that is being dragged: pixels between its top and the pointer. */
  private grip: number | null = null;
  private dragged = 0;

  /** `drag` is called with a fraction while the thumb moves, and once more, `done`, when it is let go. */
  constructor(
    controls: string,
    private readonly drag: (fraction: number, done: boolean) => void,
  ) {
    this.root.className = "scroll-bar";
    this.root.setAttribute("role", "scrollbar");
    this.root.setAttribute("aria-controls", controls);
    this.root.setAttribute("aria-orientation", "vertical");
    this.root.setAttribute("aria-label", "Place in the whole log");
    this.root.setAttribute("aria-valuemin", "0");
    this.root.setAttribute("aria-valuemax", "100");
    this.thumb.className = "thumb";
    this.label.className = "place";
    this.label.setAttribute("aria-hidden", "true");
    this.root.append(this.thumb, this.label);
    this.root.addEventListener("pointerdown", (event) => this.onDown(event));
    this.root.addEventListener("pointermove", (event) => this.onMove(event));
    for (const name of ["pointerup", "pointercancel"] as const) this.root.addEventListener(name, () => this.onUp());
  }

  get dragging(): boolean {
    return this.grip !== null;
  }

  show(span: ScrollSpan, height: number): void {
    const same = span.from === this.span.from && span.size === this.span.size && height === this.height;
    if (same || this.dragging) return;
    this.span = span;
    this.height = height;
    this.draw(span.from / Math.max(1e-9, 1 - span.size));
    this.root.setAttribute("aria-valuenow", String(Math.round(100 * Math.min(1, span.from + span.size))));
  }

  /** What stands beside the thumb while it is dragged. */
  setPlace(text: string): void {
    this.label.textContent = text;
  }

  private get thumbHeight(): number {
    return Math.min(this.height, Math.max(LEAST_THUMB, this.span.size * this.height));
  }

  /** `share` is where the thumb's top is on its way, 0 to 1. */
  private draw(share: number): void {
    const room = this.height - this.thumbHeight;
    const top = Math.min(1, Math.max(0, share)) * room;
    this.root.classList.toggle("full", this.span.size >= 0.999);
    this.thumb.style.setProperty("height", `${this.thumbHeight}px`);
    this.thumb.style.setProperty("transform", `translateY(${top}px)`);
    this.label.style.setProperty("transform", `translateY(${Math.min(top, this.height - 26)}px)`);
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    this.root.setPointerCapture(event.pointerId);
    const thumb = this.thumb.getBoundingClientRect();
    const inside = event.clientY >= thumb.top && event.clientY <= thumb.bottom;
    this.grip = inside ? event.clientY - thumb.top : thumb.height / 2;
    this.root.classList.add("dragging");
    if (!inside) this.onMove(event);
    else this.dragged = -1;
  }

  private onMove(event: PointerEvent): void {
    if (this.grip === null) return;
    const room = this.height - this.thumbHeight;
    const top = event.clientY - this.root.getBoundingClientRect().top - this.grip;
    this.dragged = room > 0 ? Math.min(1, Math.max(0, top / room)) : 0;
    this.draw(this.dragged);
    this.drag(this.dragged, /*done=*/ false);
  }

  private onUp(): void {
    if (this.grip === null) return;
    this.grip = null;
    this.root.classList.remove("dragging");
    if (this.dragged >= 0) this.drag(this.dragged, /*done=*/ true);
  }
}
