// What the theme leaves to machines with a mouse: blocks that scroll sideways can be reached by keyboard, and the buttons
// of each code block have a name. The theme adds parts to a page while it is read, so this looks at every change.
const improve = () => {
  for (const block of document.querySelectorAll(".md-typeset pre > code, .md-typeset__scrollwrap")) {
    if (block.scrollWidth > block.clientWidth && block.tabIndex < 0) block.tabIndex = 0;
  }
  document.querySelectorAll(".md-code__nav").forEach((buttons, number) => {
    if (!buttons.ariaLabel) buttons.ariaLabel = `Code block ${number + 1}`;
  });
};
improve();
addEventListener("resize", improve);
new MutationObserver(improve).observe(document.body, { childList: true, subtree: true, attributeFilter: ["tabindex"] });
