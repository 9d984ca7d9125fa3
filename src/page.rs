//! Pages of HTML: the frame, the look and the charts that all reports share.
//!
//! A page is one file without scripts. Its policy (`Content-Security-Policy`) permits nothing but
//! its own styles, so it loads nothing from anywhere, whatever a record contains. It follows the
//! dark or light scheme of the browser.

use crate::error::{Grouped, escaped};
use std::{fmt::Write as _, format, string::String};

/// The policy, and other elements of the head that are the same for every page.
const HEAD: &str = include_str!("page/head.html");
const STYLE: &str = include_str!("page/style.css");

/// The size of a chart: width and height of the bars, and of the text below.
const CHART: (f64, f64, f64) = (960.0, 150.0, 20.0);
/// Room for text above the bars.
const ABOVE: f64 = 14.0;

/// The end of a page.
pub(crate) const END: &str = "</main>\n</body>\n</html>\n";

/// Returns the start of a page with this title, which is text. The body and the [end](END) follow.
pub(crate) fn begin(title: &str) -> String {
    let title = text(title);
    let begin = begin_content();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{HEAD}<title>{title}</title>\n</head>\n<body>\n\
         {begin}"
    )
}

/// Returns a body with its styles, as a part of another page.
pub(crate) fn content(body: &str) -> String {
    begin_content() + body + "</main>\n"
}

fn begin_content() -> String {
    format!("<style>{STYLE}</style>\n<main class=\"tidemarc-page\">\n")
}

/// Returns text of an input as text of HTML. Control characters are escaped, since HTML cannot
/// contain them.
pub(crate) fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

/// Appends a heading and the most important numbers, each with its label.
pub(crate) fn push_head(html: &mut String, name: &str, facts: &[(&str, u64)]) {
    // Writing to a string does not fail.
    let _ = writeln!(html, "<h1>{}</h1>\n<div class=\"facts\">", text(name));
    for (label, number) in facts {
        let _ = writeln!(html, "<div><b>{}</b>{label}</div>", Grouped(*number));
    }
    html.push_str("</div>\n");
}

/// Returns a bar whose length is a share of the room for it.
pub(crate) fn bar(part: u64, whole: u64) -> String {
    let width = part as f64 * 100.0 / whole.max(1) as f64;
    format!(
        "<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect \
         width=\"{width:.2}\" height=\"8\"/></svg>"
    )
}

/// Appends a chart of bars side by side. `title` returns the words for a bar with a value; `marks`
/// are texts under the beginnings of bars.
pub(crate) fn push_chart(
    html: &mut String,
    label: &str,
    bars: &[u64],
    title: impl Fn(usize) -> String,
    marks: &[(usize, String)],
) {
    let (width, height, below) = CHART;
    let most = bars.iter().copied().max().unwrap_or(0).max(1);
    let step = width / bars.len().max(1) as f64;
    let (base, end) = (ABOVE + height, ABOVE + height + below);
    let _ = writeln!(
        html,
        "<svg class=\"chart\" viewBox=\"0 0 {width} {end}\" role=\"img\" aria-label=\"{}\">\n<line \
         x1=\"0\" y1=\"{base}\" x2=\"{width}\" y2=\"{base}\"/>",
        text(label)
    );
    for (at, value) in bars.iter().enumerate().filter(|(_, value)| **value > 0) {
        let tall = (*value as f64 * height / most as f64).max(1.0);
        let _ = writeln!(
            html,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{tall:.2}\"><title>{}</title></rect>",
            at as f64 * step,
            base - tall,
            (step * 0.85).min(60.0),
            text(&title(at))
        );
    }
    let _ = write!(html, "<text x=\"0\" y=\"10\">highest: {}</text>", Grouped(most));
    for (at, mark) in marks {
        let x = *at as f64 * step;
        // The last mark must not be cut off.
        let anchor = if x > width * 0.95 { " text-anchor=\"end\"" } else { "" };
        let x = if anchor.is_empty() { x } else { width };
        let _ =
            write!(html, "<text x=\"{x:.2}\" y=\"{:.2}\"{anchor}>{}</text>", end - 5.0, text(mark));
    }
    html.push_str("</svg>\n");
}
