// What a behaviour may do on a page. Runs in a world of its own: the page's scripts see what it
// does to the document, and nothing of this. Each verb returns plain data.
function pageVerb(verb, options) {
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  };
  const scrollers = () =>
    [...document.querySelectorAll("main, section, div, ul, ol, article")].filter((element) => {
      if (element.clientHeight < 200 || element.scrollHeight <= element.clientHeight + 50) return false;
      return /auto|scroll/.test(getComputedStyle(element).overflowY);
    });
  const root = () => document.scrollingElement || document.documentElement;
  const height = () =>
    scrollers().reduce((sum, element) => sum + element.scrollHeight, root().scrollHeight);
  const said = (element) =>
    (element.innerText || element.value || element.getAttribute("aria-label") || "")
      .trim()
      .toLowerCase()
      .replace(/\s+/g, " ");

  const verbs = {
    // One way down: in steps, so that what waits to be seen is seen.
    async scroll() {
      const step = Math.max(200, Math.floor(innerHeight * 0.8));
      for (let y = 0, guard = 0; y < root().scrollHeight && guard < 400; y += step, guard++) {
        scrollTo(0, y);
        await pause(15);
      }
      scrollTo(0, root().scrollHeight);
      for (const element of scrollers()) element.scrollTop = element.scrollHeight;
      await pause(60);
      return { height: height(), count: 1 };
    },
    async top() {
      for (const element of scrollers()) element.scrollTop = 0;
      scrollTo(0, 0);
      await pause(30);
      return { height: height(), count: 0 };
    },
    eager() {
      const late = document.querySelectorAll('img[loading="lazy"], iframe[loading="lazy"]');
      for (const element of late) element.loading = "eager";
      return { height: height(), count: late.length };
    },
    open() {
      const closed = document.querySelectorAll("details:not([open])");
      for (const element of closed) element.open = true;
      return { height: height(), count: closed.length };
    },
    click() {
      // Never a link that leads away: what it shows is another page.
      const pressable =
        'button, summary, [role="button"], input[type="button"], a:not([href]), a[href^="#"], a[href^="javascript:"]';
      const places = options.within ? [...document.querySelectorAll(options.within)] : [document];
      const found = new Set();
      for (const place of places) {
        for (const selector of options.selectors || [])
          for (const element of place.querySelectorAll(selector)) found.add(element);
        for (const element of place.querySelectorAll(pressable)) {
          const text = said(element);
          const fits = (label) => text.startsWith(label) && text.length <= label.length + 16;
          if ((options.labels || []).some(fits)) found.add(element);
        }
      }
      const usable = [...found].filter((element) => visible(element) && !element.disabled);
      for (const element of usable.slice(0, options.at_once || 5)) element.click();
      return { height: height(), count: Math.min(usable.length, options.at_once || 5) };
    },
    // A picture is taken of a page that stands still, from its beginning.
    async still() {
      const moving = [...document.querySelectorAll("video, audio")];
      for (const element of moving) {
        element.pause();
        if (element.currentTime > 0) {
          const there = new Promise((done) => element.addEventListener("seeked", done, { once: true }));
          element.currentTime = 0;
          await Promise.race([there, pause(2000)]);
        }
        // Until its first frame is there, its controls show a wheel that turns.
        const starts = element.currentSrc && element.preload !== "none";
        for (let waited = 0; starts && waited < 30; waited++) {
          if (element.readyState >= 2 || element.error) break;
          await pause(100);
        }
      }
      for (const animation of document.getAnimations()) {
        try {
          animation.finish();
        } catch {
          animation.cancel(); // endless ones cannot be finished
        }
      }
      await document.fonts.ready;
      return { height: height(), count: moving.length };
    },
    media() {
      const found = [];
      for (const element of document.querySelectorAll("video, audio, video source, audio source")) {
        for (const url of [element.currentSrc, element.src])
          if (url) found.push(url);
        if (element.srcObject) found.push("blob:");
      }
      return { height: 0, count: found.length, urls: [...new Set(found)].slice(0, 500) };
    },
    text() {
      const parts = [];
      const read = (place) => {
        for (const element of place.querySelectorAll("*"))
          if (element.shadowRoot) {
            for (const child of element.shadowRoot.children)
              if (child.innerText) parts.push(child.innerText);
            read(element.shadowRoot);
          }
      };
      parts.push(document.body ? document.body.innerText : "");
      read(document);
      return { height: 0, count: parts.length, text: parts.join("\n").slice(0, options.most) };
    },
  };
  return verbs[verb]();
}
