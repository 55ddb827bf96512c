// A clip plays while it is seen, unless its reader asked for less motion.
document.addEventListener("DOMContentLoaded", () => {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && !still) target.play().catch(() => {});
      else target.pause();
    }
  }, { threshold: 0.4 });
  for (const film of document.querySelectorAll("video.film:not(.whole)")) watcher.observe(film);
  // A mark of the chapter leads to its time.
  for (const mark of document.querySelectorAll("[data-seconds]")) {
    mark.addEventListener("click", () => {
      const video = document.getElementById("chapter");
      video.currentTime = Number(mark.dataset.seconds);
      video.play().catch(() => {});
    });
  }
});
