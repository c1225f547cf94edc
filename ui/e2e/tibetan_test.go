//go:build e2e

package e2e

// tibetanFaults is what is wrong with the Tibetan that the page shows: its type (at least
// 20 px in lines of 1.9 em, in the font that has its letters, never justified, nested or
// slanted), ink that a box cuts off, letters that leave their card, and lines that end
// within a syllable that would have had room.
const tibetanFaults = `(() => {
	const bad = [], letter = /[\u0f40-\u0fbc]/;
	for (const e of document.querySelectorAll("[lang=bo]")) {
		if (!e.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true}) || e.tagName === "OPTION") continue;
		const s = getComputedStyle(e), size = parseFloat(s.fontSize), say = what => bad.push(what + ": " + e.outerHTML.slice(0, 120));
		if (size < 20) say("type of " + size + " px");
		if (parseFloat(s.lineHeight) < 1.9 * size - .5 && !e.classList.contains("motto")) say("lines of " + s.lineHeight + " for " + size + " px");
		if (!s.fontFamily.includes("Noto Serif Tibetan")) say("set in " + s.fontFamily);
		if (s.textAlign === "justify" || s.wordBreak === "break-all" || s.fontStyle === "italic") say("justified, broken anywhere or slanted");
		if (e.parentElement.closest("[lang=bo]")) say("within other Tibetan");
		let free = true; // nothing around it scrolls sideways
		for (let a = e; a !== document.body; a = a.parentElement) {
			const o = getComputedStyle(a), wide = a.scrollWidth > a.clientWidth + 1, high = a.scrollHeight > a.clientHeight + 1;
			if (/hidden|clip/.test(o.overflowX) && wide || /hidden|clip/.test(o.overflowY) && high) say("cut off by " + a.tagName + "." + a.className);
			free &&= !/auto|scroll/.test(o.overflowX);
		}
		if (/TEXTAREA|INPUT/.test(e.tagName)) { if (e.scrollWidth > e.clientWidth + 1) say("wider than its field"); continue; }
		const card = e.parentElement.getBoundingClientRect(), nodes = document.createTreeWalker(e, NodeFilter.SHOW_TEXT), letters = [];
		while (nodes.nextNode()) {
			const node = nodes.currentNode;
			if (!node.parentElement.checkVisibility() || node.parentElement.closest(".note, .special, .hidden")) continue;
			for (let i = 0; i < node.data.length; i++) {
				const r = document.createRange(); r.setStart(node, i); r.setEnd(node, i + 1);
				letters.push([node.data[i], r.getClientRects()[0]]);
			}
		}
		const text = letters.map(l => l[0]).join(""); let top = null;
		for (let i = 0; i < letters.length; i++) {
			const box = letters[i][1];
			if (!box || !box.width) continue;
			if (free && box.right > card.right + 1) { say("“" + text.slice(i - 5, i + 1) + "” leaves its card"); break; }
			const from = text.slice(0, i).search(/[\u0f40-\u0fbc]*$/), rest = text.slice(i).search(/[^\u0f40-\u0fbc]|$/);
			if (top !== null && box.top > top + .8 * size && letter.test(text[i - 1]) && letter.test(text[i]) && (i - from + rest) * size < card.width)
				say("a line ends within “" + text.slice(from, i) + "|" + text.slice(i, i + rest) + "”");
			top = box.top;
		}
	}
	return bad;
})()`

// tibetan looks for faults in the Tibetan that is shown.
func (p *tab) tibetan(view string) {
	p.Helper()
	for _, fault := range eval[[]string](p, tibetanFaults) {
		p.Errorf("%s: %s", view, fault)
	}
}
