//! The faults of inputs as a page of HTML: by kind, with their places.

use super::check::Summary;
use crate::{
    error::{Error, Grouped},
    page::{self, text},
    record::{ErrorKind, Severity},
};
use std::{
    borrow::ToOwned, cmp::Reverse, collections::BTreeMap, fmt::Write as _, format, string::String,
    vec::Vec,
};

/// Number of faults of a kind in an input that are shown with their places.
const MOST_PLACES: u64 = 100;

/// Number of bars in the chart of an input.
const BARS: usize = 96;

/// Collects the faults of one input after the other. Its memory does not grow with their number.
#[derive(Debug, Default)]
pub(crate) struct FaultPage {
    inputs: Vec<Input>,
    current: Input,
}

#[derive(Debug, Default)]
struct Input {
    name: String,
    summary: String,
    kinds: BTreeMap<Reverse<(Severity, ErrorKind)>, Kind>,
    spread: Spread,
    facts: [u64; 5],
    is_sound: bool,
}

/// The faults of one severity and kind.
#[derive(Debug, Default)]
struct Kind {
    count: u64,
    /// The rows of the first of them.
    rows: String,
}

/// The numbers of faults in equal parts of an input whose length is not known before its end.
#[derive(Debug)]
struct Spread {
    /// Number of bytes of a part: a power of two.
    width: u64,
    counts: [u64; BARS],
}

impl Default for Spread {
    fn default() -> Self {
        Self { width: 1, counts: [0; BARS] }
    }
}

impl Spread {
    /// Counts a fault at an offset.
    fn add(&mut self, offset: u64) {
        self.reach(offset);
        self.counts[(offset / self.width) as usize] += 1;
    }

    /// Joins the parts in pairs until there is one for this offset.
    fn reach(&mut self, offset: u64) {
        while offset / self.width >= BARS as u64 {
            self.width *= 2;
            for at in 0..BARS {
                let pair = self.counts.get(2 * at..2 * at + 2).unwrap_or_default();
                self.counts[at] = pair.iter().sum();
            }
        }
    }

    /// Returns the parts up to the end of the input.
    fn parts(&self, end: u64) -> &[u64] {
        let parts = usize::try_from(end.div_ceil(self.width)).unwrap_or(BARS);
        &self.counts[..parts.clamp(1, BARS)]
    }
}

impl FaultPage {
    /// Adds the next fault of the current input, with the title of its record.
    pub(crate) fn add(&mut self, fault: &Error, title: &str) {
        let key = Reverse((fault.severity(), fault.kind()));
        let kind = self.current.kinds.entry(key).or_default();
        kind.count += 1;
        if kind.count <= MOST_PLACES {
            push_row(&mut kind.rows, fault, title);
        }
        if fault.severity() >= Severity::Repaired {
            self.current.spread.add(fault.location().start);
        }
    }

    /// Ends the current input, of which this was found.
    pub(crate) fn end_input(&mut self, name: &str, summary: &Summary) {
        let stats = summary.stats();
        let worse = |kind: &&Reverse<(Severity, ErrorKind)>| kind.0.0 >= Severity::Repaired;
        let mut input = std::mem::take(&mut self.current);
        let of = |worse_only: bool| {
            let kinds = input.kinds.iter().filter(|(kind, _)| worse(kind) == worse_only);
            kinds.map(|(_, found)| found.count).sum::<u64>()
        };
        let (faults, unusual) = (of(true), of(false));
        input.facts =
            [stats.records, stats.bytes(), stats.repaired + stats.incomplete, faults, unusual];
        input.spread.reach(stats.bytes().saturating_sub(1));
        input.is_sound = summary.is_sound();
        (input.name, input.summary) = (name.to_owned(), stats.headline(None));
        self.inputs.push(input);
    }

    /// Returns the page.
    pub(crate) fn to_html(&self) -> String {
        let name = match &*self.inputs {
            [input] => input.name.clone(),
            inputs => format!("{} files", inputs.len()),
        };
        let mut html = String::new();
        let sum = |at: usize| self.inputs.iter().map(|input| input.facts[at]).sum::<u64>();
        page::push_head(&mut html, &name, &facts([0, 1, 2, 3, 4].map(sum)));
        let damaged = self.inputs.iter().filter(|input| !input.is_sound).count();
        // Writing to a string does not fail.
        let _ = match damaged {
            0 => writeln!(
                html,
                "<p class=\"verdict good\">Sound: every byte is in a record or between records, \
                 and all text can be decoded.</p>"
            ),
            1 if self.inputs.len() == 1 => {
                writeln!(html, "<p class=\"verdict bad\">Not sound: something is damaged.</p>")
            }
            damaged => writeln!(
                html,
                "<p class=\"verdict bad\">Not sound: {} of {} files.</p>",
                Grouped(damaged as u64),
                Grouped(self.inputs.len() as u64)
            ),
        };
        for input in &self.inputs {
            if self.inputs.len() > 1 {
                let _ = writeln!(html, "<h2>{}</h2>", text(&input.name));
            }
            input.push(&mut html);
        }
        page::begin(&format!("{name}: faults")) + &html + page::END
    }
}

/// Returns the numbers with their labels.
fn facts([records, bytes, repaired, faults, unusual]: [u64; 5]) -> [(&'static str, u64); 5] {
    [
        ("records", records),
        ("bytes", bytes),
        ("repaired records", repaired),
        ("faults", faults),
        ("unusual data", unusual),
    ]
}

impl Input {
    fn push(&self, html: &mut String) {
        let _ = writeln!(html, "<p>{}</p>", text(&self.summary));
        if self.kinds.is_empty() {
            return;
        }
        let all = self.kinds.values().map(|found| found.count).sum();
        html.push_str(
            "<table><tr><th>Code</th><th>Kind</th><th>Severity</th><th class=\"number\">Count</th>\
             <th class=\"share\"></th></tr>\n",
        );
        for (Reverse((severity, kind)), found) in &self.kinds {
            let (code, name) = (kind.code(), words(*kind));
            let (count, bar) = (Grouped(found.count), page::bar(found.count, all));
            let _ = writeln!(
                html,
                "<tr><td>{code}</td><td>{name}</td><td>{severity}</td><td class=\"number\">{count}</td>\
                 <td class=\"share\">{bar}</td></tr>"
            );
        }
        html.push_str("</table>\n");
        self.push_spread(html);
        for (Reverse((severity, kind)), found) in &self.kinds {
            let (code, name) = (kind.code(), words(*kind));
            let _ = writeln!(
                html,
                "<h3>{code} {name}, {severity}: {}</h3>\n{}",
                Grouped(found.count),
                found.rows
            );
            if found.count > MOST_PLACES {
                let more = Grouped(found.count - MOST_PLACES);
                let _ = writeln!(html, "<p>and {more} more</p>");
            }
        }
    }

    /// Appends a chart of the faults by their places in the input.
    fn push_spread(&self, html: &mut String) {
        let [_, bytes, ..] = self.facts;
        let bars = self.spread.parts(bytes);
        // One place needs no chart.
        if bars.iter().filter(|count| **count > 0).count() < 2 {
            return;
        }
        let width = self.spread.width;
        let from = |at: usize| at as u64 * width;
        let title = |at: usize| {
            let end = (from(at) + width).min(bytes);
            format!("bytes {} to {}: {}", Grouped(from(at)), Grouped(end), Grouped(bars[at]))
        };
        let marks = (0..bars.len()).step_by(bars.len().div_ceil(6).max(1));
        let marks: Vec<_> = marks.map(|at| (at, format!("byte {}", Grouped(from(at))))).collect();
        html.push_str("<h3>Places of the faults in the file</h3>\n");
        page::push_chart(html, "Faults by place", bars, title, &marks);
    }
}

/// Returns the name of a kind in words.
fn words(kind: ErrorKind) -> String {
    kind.name().replace('_', " ")
}

/// Appends a fault: its place and its reason, which open to its bytes.
fn push_row(html: &mut String, fault: &Error, title: &str) {
    let mut place = Vec::new();
    if let Some(number) = fault.record_number() {
        place.push(format!("record {}", Grouped(number)));
    }
    if let Some(offset) = fault.offset() {
        place.push(format!("byte {}", Grouped(offset)));
    }
    if let Some(id) = fault.control_number() {
        place.push(format!("001 <code>{}</code>", text(id)));
    }
    if let Some(tag) = fault.tag() {
        let code = fault.subfield().map(|code| format!(" ${}", code.escape_ascii()));
        place.push(format!(
            "field <code>{}{}</code>",
            text(&format!("{tag}")),
            text(&code.unwrap_or_default())
        ));
    }
    let _ = writeln!(
        html,
        "<details class=\"fault\"><summary>{}: {}</summary>\n<div class=\"detail\">",
        place.join(", "),
        text(&fault.reason())
    );
    if !title.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", text(title));
    }
    let detail = fault.detail();
    let dump: Vec<_> = detail.lines().skip(2).map(text).collect();
    if !dump.is_empty() {
        let _ = writeln!(html, "<pre>{}</pre>", dump.join("\n"));
    }
    html.push_str("</div></details>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_input_grow_and_no_fault_is_lost() {
        for end in [1, 50, 96, 97, 1_000, 123_456_789_012] {
            let mut spread = Spread::default();
            let offsets: Vec<u64> = (0..200).map(|number| number * end / 200).collect();
            offsets.iter().for_each(|&offset| spread.add(offset));
            spread.reach(end - 1);
            let parts = spread.parts(end);
            assert_eq!(parts.iter().sum::<u64>(), 200, "{end}");
            assert!(parts.len() as u64 >= end.min(BARS as u64 / 2), "{end}");
            for (at, count) in parts.iter().enumerate() {
                let range = at as u64 * spread.width..(at as u64 + 1) * spread.width;
                let expected = offsets.iter().filter(|offset| range.contains(offset)).count();
                assert_eq!(*count, expected as u64, "{end}: {range:?}");
            }
        }
    }
}
