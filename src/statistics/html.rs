//! Statistics as a page of HTML.

use super::{
    Facet, Statistics,
    report::{SubfieldStatistics, TagStatistics},
    text::class,
    values::text_of,
};
use crate::{
    error::Grouped,
    page::{self, text},
};
use std::{fmt::Write as _, format, string::String, vec, vec::Vec};

/// Number of values of a facet that have a row.
const SHOWN_VALUES: usize = 15;
/// Largest number of bars in the chart of years. A bar stands for several years if there are more.
const MOST_BARS: i32 = 120;
/// Numbers of years that a bar stands for.
const STEPS: [i32; 7] = [1, 2, 5, 10, 20, 50, 100];
/// Number of bars from one year under a long chart to the next.
const MARK: i32 = 10;
/// The oldest records have no bars up to one in so many.
const FEW: u64 = 100;

impl Statistics {
    /// Returns a page of HTML with tables and charts. It is complete in itself: it needs no network
    /// and has no scripts. It follows the dark or light scheme of the browser, and can be printed.
    #[must_use]
    pub fn to_html(&self) -> String {
        let title = format!("{}: statistics", self.name());
        page::begin(&title) + &self.body() + page::END
    }

    /// Returns the name of the input, or words in its place.
    fn name(&self) -> &str {
        self.input.as_deref().unwrap_or("MARC records")
    }

    /// Returns the content of the page, with its styles, for a notebook or a page of your own.
    #[must_use]
    pub fn to_html_fragment(&self) -> String {
        page::content(&self.body())
    }

    fn body(&self) -> String {
        let mut html = String::new();
        self.push_head(&mut html);
        html.push_str("<div class=\"facets\">\n");
        let years = self.years();
        for facet in Facet::ALL {
            // The years have a chart, if they are numbers.
            if facet != Facet::Year || years.is_empty() {
                self.push_facet(&mut html, facet);
            }
        }
        html.push_str("</div>\n");
        self.push_years(&mut html, &years);
        self.push_tags(&mut html);
        html
    }

    fn push_head(&self, html: &mut String) {
        let stats = &self.stats;
        let facts = [
            ("records", stats.records),
            ("fields", self.fields()),
            ("subfields", self.subfields()),
            ("bytes", stats.bytes() - stats.unmatched_bytes),
            ("repaired records", stats.repaired + stats.incomplete),
            ("bad spans", stats.faults),
        ];
        page::push_head(html, self.name(), &facts);
        if stats.unmatched > 0 {
            let others = Grouped(stats.unmatched);
            let _ = writeln!(html, "<p>{others} other records do not match the filter.</p>");
        }
        if !stats.complete {
            html.push_str("<p>The input was not read to its end.</p>\n");
        }
        if stats.kinds().next().is_none() {
            html.push_str("<p>No faults were found in the structure.</p>\n");
            return;
        }
        html.push_str("<h2>Faults</h2>\n<table><tr><th>Code</th><th>Kind</th><th class=\"number\">Count</th></tr>\n");
        for (kind, number) in stats.kinds() {
            let (code, name, number) =
                (kind.code(), kind.name().replace('_', " "), Grouped(number));
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
            text(&self.share(records)),
            self.bar(records)
        );
    }

    /// Returns a bar whose length is the share of the records.
    fn bar(&self, records: u64) -> String {
        page::bar(records, self.stats.records)
    }

    /// Returns the years with their numbers of records, in their order.
    fn years(&self) -> Vec<(i32, u64)> {
        let year = |(value, records): &(String, u64)| Some((value.parse::<i32>().ok()?, *records));
        let values = self.facet(Facet::Year).by_value();
        values.iter().filter_map(year).filter(|(year, _)| *year > 0 && *year < 9999).collect()
    }

    /// Appends a chart of the records by year. A few very old records have no bars, which would
    /// leave little room for the others.
    fn push_years(&self, html: &mut String, years: &[(i32, u64)]) {
        let dated = years.iter().map(|(_, records)| records).sum::<u64>();
        let mut older = 0;
        let first = years.iter().position(|(_, records)| {
            older += records;
            older * FEW > dated
        });
        let (older, years) = years.split_at(first.unwrap_or(0));
        let (Some(&(oldest, _)), Some(&(last, _))) = (years.first(), years.last()) else { return };
        let fits = |step: &i32| last / step - oldest / step < MOST_BARS;
        let step = STEPS.into_iter().find(fits).unwrap_or(last);
        let first = oldest / step * step;
        let mut bars = vec![0_u64; ((last - first) / step + 1) as usize];
        for (year, records) in years {
            bars[((year - first) / step) as usize] += records;
        }
        let title = |at: usize| {
            let begin = first + at as i32 * step;
            let end = (begin + step - 1).min(last);
            let records = Grouped(bars[at]);
            if begin == end {
                format!("{begin}: {records}")
            } else {
                format!("{begin}–{end}: {records}")
            }
        };
        let apart = if bars.len() > 2 * MARK as usize { MARK } else { 1 };
        let is_mark = |at: &usize| (first + *at as i32 * step) % (apart * step) == 0;
        let marks = (0..bars.len()).filter(is_mark);
        let marks: Vec<_> = marks.map(|at| (at, format!("{}", first + at as i32 * step))).collect();
        let per = if step == 1 { String::new() } else { format!(", {step} years to a bar") };
        let label = format!("Records by year, {oldest} to {last}");
        let _ = writeln!(html, "<h2>Records by year (008/07-10){per}</h2>");
        page::push_chart(html, &label, &bars, title, &marks);
        let older = older.iter().map(|(_, records)| records).sum::<u64>();
        let others = self.stats.records.saturating_sub(dated);
        let mut notes = Vec::new();
        if older > 0 {
            notes.push(format!("before {oldest}: {}", Grouped(older)));
        }
        if others > 0 {
            notes.push(format!(
                "without a year in digits, such as <code>19uu</code>: {}",
                Grouped(others)
            ));
        }
        if !notes.is_empty() {
            let _ = writeln!(html, "<p>Records {}</p>", notes.join("; "));
        }
    }

    fn push_tags(&self, html: &mut String) {
        let _ = writeln!(
            html,
            "<h2>Fields</h2>\n<p>A row opens to its indicators, subfields and sample values. The \
             share is that of the records that have the field.</p>"
        );
        html.push_str(
            "<div class=\"row head\"><span>Tag</span><span class=\"number\">Fields</span><span \
             class=\"number\">Records</span><span class=\"number\">Share</span></div>\n",
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
            "<details><summary class=\"row\"><code>{}</code><span class=\"number\">{}</span><span \
             class=\"number\">{}</span><span class=\"number\">{}</span><span \
             class=\"share\">{}</span></summary>\n<div class=\"detail\">",
            text(&format!("{}", tag.tag())),
            Grouped(tag.occurrences()),
            Grouped(records),
            text(&self.share(records)),
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
            text(&self.share(records))
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
