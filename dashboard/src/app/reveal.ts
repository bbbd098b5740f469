/** Brings a link into sight in the strip that it stands in, and leaves the page where it is. */
export function reveal(link: HTMLElement | null): void {
  const strip = link?.parentElement;
  if (strip) {
    strip.scrollLeft = link.offsetLeft - strip.offsetLeft - (strip.clientWidth - link.offsetWidth) / 2;
  }
}
