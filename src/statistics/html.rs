//! Statistics as a page of HTML.
//!
//! The page is one file without scripts. Its policy (`Content-Security-Policy`) permits nothing but
//! its own styles, so it loads nothing from anywhere, whatever a record contains.

use super::{
    Facet, Statistics,
    report::{SubfieldStatistics, TagStatistics},
    text::class,
    values::text_of,
};
use crate::error::{Grouped, escaped};
use std::{fmt::Write as _, format, string::String, vec, vec::Vec};

/// The policy, and other elements of the head that are the same for every page.
pub(crate) const HEAD: &str = include_str!("html/head.html");
const STYLE: &str = include_str!("html/style.css");

/// Number of values of a facet that have a row.
const SHOWN_VALUES: usize = 15;
/// Largest number of bars in the chart of years. A bar stands for several years if there are more.
const MOST_BARS: i32 = 120;

impl Statistics {
    /// Returns a page of HTML with tables and charts. It is complete in itself: it needs no network
    /// and has no scripts. It follows the dark or light scheme of the browser, and can be printed.
    #[must_use]
    pub fn to_html(&self) -> String {
        let title = text(self.input.as_deref().unwrap_or("MARC records"));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{HEAD}<title>{title}: statistics</title>\n\
             </head>\n<body>\n{}</body>\n</html>\n",
            self.to_html_fragment()
        )
    }

    /// Returns the content of the page, with its styles, for a notebook or a page of your own.
    #[must_use]
    pub fn to_html_fragment(&self) -> String {
        let mut html = format!("<style>{STYLE}</style>\n<main class=\"tidemarc-statistics\">\n");
        self.push_head(&mut html);
        html.push_str("<div class=\"facets\">\n");
        for facet in Facet::ALL {
            self.push_facet(&mut html, facet);
        }
        html.push_str("</div>\n");
        self.push_years(&mut html);
        self.push_tags(&mut html);
        html.push_str("</main>\n");
        html
    }

    fn push_head(&self, html: &mut String) {
        let stats = &self.stats;
        let name = text(self.input.as_deref().unwrap_or("MARC records"));
        let _ = writeln!(html, "<h1>{name}</h1>\n<div class=\"facts\">");
        for (label, number) in [
            ("records", stats.records),
            ("fields", self.fields()),
            ("subfields", self.subfields()),
            ("bytes", stats.bytes()),
            ("repaired records", stats.repaired + stats.incomplete),
            ("bad spans", stats.faults),
        ] {
            let _ = writeln!(html, "<div><b>{}</b>{label}</div>", Grouped(number));
        }
        html.push_str("</div>\n");
        if !stats.complete {
            html.push_str("<p>The input was not read to its end.</p>\n");
        }
        if stats.kinds().next().is_none() {
            html.push_str("<p>No faults were found in the structure.</p>\n");
            return;
        }
        html.push_str("<h2>Faults</h2>\n<table><tr><th>Code</th><th>Kind</th><th class=\"number\">Count</th></tr>\n");
        for (kind, number) in stats.kinds() {
            let (code, name, number) = (kind.code(), kind.name(), Grouped(number));
            let _ = writeln!(
                html,
                "<tr><td>{code}</td><td>{name}</td><td class=\"number\">{number}</td></tr>"
            );
        }
        html.push_str("</table>\n");
    }

    fn push_facet(&self, html: &mut String, facet: Facet) {
        let _ = writeln!(html, "<section><h2>{}</h2><table>", facet.heading());
        let values = self.values(facet);
        let hidden = values.iter().skip(SHOWN_VALUES).map(|(_, records)| records).sum::<u64>();
        for (value, records) in values.iter().take(SHOWN_VALUES) {
            let label = format!("<code>{}</code> {}", text(value), facet.meaning(value));
            self.push_row(html, label.trim_end(), *records);
        }
        let others = hidden + self.others(facet);
        for (label, records) in [("others", others), ("no value", self.missing(facet))] {
            if records > 0 {
                self.push_row(html, label, records);
            }
        }
        html.push_str("</table></section>\n");
    }

    fn push_row(&self, html: &mut String, label: &str, records: u64) {
        let _ = writeln!(
            html,
            "<tr><td>{label}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td \
             class=\"share\">{}</td></tr>",
            Grouped(records),
            self.share(records),
            self.bar(records)
        );
    }

    /// Returns a bar whose length is the share of the records.
    fn bar(&self, records: u64) -> String {
        let width = records as f64 * 100.0 / self.stats.records.max(1) as f64;
        format!(
            "<svg viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect \
             width=\"{width:.2}\" height=\"8\"/></svg>"
        )
    }

    /// Appends a chart of the records by year.
    fn push_years(&self, html: &mut String) {
        let year = |(value, records): &(String, u64)| Some((value.parse::<i32>().ok()?, *records));
        let years = self.facet(Facet::Year).by_value();
        let years: Vec<_> =
            years.iter().filter_map(year).filter(|(year, _)| *year > 0 && *year < 9999).collect();
        let (Some((first, _)), Some((last, _))) = (years.first(), years.last()) else { return };
        let step = (last - first) / MOST_BARS + 1;
        let mut bars = vec![0_u64; ((last - first) / step + 1) as usize];
        for (year, records) in &years {
            bars[((year - first) / step) as usize] += records;
        }
        let most = bars.iter().copied().max().unwrap_or(1).max(1);
        let width = 960.0 / bars.len() as f64;
        let per = if step == 1 { String::new() } else { format!(", {step} years to a bar") };
        let _ = writeln!(
            html,
            "<h2>Records by year{per}</h2>\n<svg viewBox=\"0 0 960 180\" role=\"img\" \
             aria-label=\"Records by year, {first} to {last}\">"
        );
        for (at, records) in bars.iter().enumerate().filter(|(_, records)| **records > 0) {
            let height = (*records as f64 * 150.0 / most as f64).max(1.0);
            let begin = first + at as i32 * step;
            let end = (begin + step - 1).min(*last);
            let span = if step == 1 { format!("{begin}") } else { format!("{begin}–{end}") };
            let _ = writeln!(
                html,
                "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{height:.2}\"><title>{span}: \
                 {}</title></rect>",
                at as f64 * width,
                160.0 - height,
                (width * 0.85).min(60.0),
                Grouped(*records)
            );
        }
        let _ = writeln!(
            html,
            "<text x=\"0\" y=\"9\">highest: {}</text><text x=\"0\" y=\"175\">{first}</text><text x=\"960\" y=\"175\" \
             text-anchor=\"end\">{last}</text></svg>",
            Grouped(most)
        );
    }

    fn push_tags(&self, html: &mut String) {
        let _ = writeln!(
            html,
            "<h2>Fields</h2>\n<p>A row opens to its indicators, subfields and sample values. The \
             share is that of the records that have the field.</p>"
        );
        for tag in self.tags() {
            self.push_tag(html, &tag);
        }
        let others = self.fields_of_other_tags();
        if others > 0 {
            let _ = writeln!(html, "<p>{} fields have other tags.</p>", Grouped(others));
        }
    }

    fn push_tag(&self, html: &mut String, tag: &TagStatistics<'_>) {
        let records = tag.records();
        let _ = writeln!(
            html,
            "<details><summary><code>{}</code><span class=\"number\">{}</span><span \
             class=\"number\">{} records</span><span class=\"number\">{}</span><span \
             class=\"share\">{}</span></summary>\n<div class=\"detail\">",
            text(&format!("{}", tag.tag())),
            Grouped(tag.occurrences()),
            Grouped(records),
            self.share(records),
            self.bar(records)
        );
        push_repeats(html, "Fields in a record", &tag.repeats());
        push_samples(html, tag.samples());
        for (number, values) in (1..).zip(tag.indicators()) {
            let values = values.iter().map(|(byte, occurrences, _)| {
                format!("<code>{}</code> {}", text(&text_of(&[*byte])), Grouped(*occurrences))
            });
            let values = values.collect::<Vec<_>>().join(", ");
            if !values.is_empty() {
                let _ = writeln!(html, "<p>Indicator {number}: {values}</p>");
            }
        }
        let subfields = tag.subfields();
        if !subfields.is_empty() {
            html.push_str(
                "<table><tr><th>Code</th><th class=\"number\">Subfields</th><th \
                 class=\"number\">Records</th><th class=\"number\">Share</th><th>Sample \
                 values</th></tr>\n",
            );
            subfields.iter().for_each(|subfield| self.push_subfield(html, subfield));
            html.push_str("</table>\n");
        }
        html.push_str("</div></details>\n");
    }

    fn push_subfield(&self, html: &mut String, subfield: &SubfieldStatistics<'_>) {
        let records = subfield.records();
        let _ = write!(
            html,
            "<tr><td><code>${}</code></td><td class=\"number\">{}</td><td \
             class=\"number\">{}</td><td class=\"number\">{}</td><td>",
            text(&text_of(&[subfield.code()])),
            Grouped(subfield.occurrences()),
            Grouped(records),
            self.share(records)
        );
        push_repeats(html, "Subfields in a field", &subfield.repeats());
        push_samples(html, subfield.samples());
        html.push_str("</td></tr>\n");
    }
}

/// Appends a histogram in words, if something is repeated.
fn push_repeats(html: &mut String, label: &str, repeats: &[u64]) {
    if repeats.iter().skip(1).all(|&count| count == 0) {
        return;
    }
    let classes = (1..).zip(repeats).filter(|&(_, &count)| count > 0);
    let classes = classes.map(|(number, &count)| format!("{}: {}", class(number), Grouped(count)));
    let _ = writeln!(html, "<p>{label}: {}</p>", classes.collect::<Vec<_>>().join(", "));
}

fn push_samples(html: &mut String, samples: &[String]) {
    let samples = samples.iter().map(|sample| format!("<code>{}</code>", text(sample)));
    let samples = samples.collect::<Vec<_>>().join(" ");
    if !samples.is_empty() {
        let _ = writeln!(html, "<p>{samples}</p>");
    }
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
