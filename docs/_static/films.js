// A clip plays while it is seen, unless its reader asked for less motion.
document.addEventListener("DOMContentLoaded", () => {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const film = target.matches("img") ? filmOf(target, isIntersecting && !still) : target;
      if (!film) continue;
      if (isIntersecting && !still) film.play().catch(() => {});
      else film.pause();
    }
  }, { threshold: 0.4 });
  // A card has a picture alone until it comes into sight.
  const filmOf = (picture, wanted) => {
    const before = picture.nextElementSibling;
    if (before || !wanted) return before;
    const film = document.createElement("video");
    Object.assign(film, { src: picture.dataset.film, muted: true, loop: true, playsInline: true });
    film.setAttribute("aria-hidden", "true");
    film.tabIndex = -1;
    picture.after(film);
    return film;
  };
  const clips = "video.film:not(.whole), img.moving";
  for (const film of document.querySelectorAll(clips)) watcher.observe(film);
  // A subject of the gallery hides all others.
  const subjects = [...document.querySelectorAll("[data-subject]")];
  const choose = (subject) => {
    for (const link of subjects) {
      link.setAttribute("aria-current", String(link.dataset.subject === subject));
      const section = document.getElementById(link.dataset.subject);
      if (section) section.hidden = subject !== "" && link.dataset.subject !== subject;
    }
  };
  for (const link of subjects) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      choose(link.dataset.subject);
    });
  }
  if (subjects.length) {
    const named = subjects.find((link) => link.hash === location.hash);
    choose(named ? named.dataset.subject : "");
  }
  // A mark of a whole film leads to its time.
  for (const mark of document.querySelectorAll("[data-seconds]")) {
    mark.addEventListener("click", () => {
      const video = document.getElementById("whole-film");
      video.currentTime = Number(mark.dataset.seconds);
      video.play().catch(() => {});
    });
  }
});
