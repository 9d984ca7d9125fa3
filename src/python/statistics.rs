//! Statistics of an input, made without Python objects for the records.

use super::{
    args::{
        choice::Choice,
        format_options,
        number::{at_least, within},
    },
    io::{
        source::{self},
        target::Target,
    },
    stats::Stats,
};
use crate::{
    statistics::{Collector, Statistics as Counted, StatisticsOptions},
    stream::Options,
};
use pyo3::prelude::*;

/// The result of `statistics`. `str(…)` returns tables of text, and a notebook shows the page of
/// `to_html`. docs/statistics.md describes it.
#[pyclass(frozen, module = "tidemarc")]
pub(crate) struct Statistics(Counted);

#[pymethods]
impl Statistics {
    /// The counts of records, faults, padding and bytes.
    #[getter]
    fn stats(&self) -> Stats {
        Stats::from(self.0.stats())
    }

    /// Returns all numbers as dicts and lists, with the members of `to_json`.
    fn as_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.getattr("loads")?.call1((self.0.to_json(),))
    }

    /// Returns all numbers as a JSON object on one line. docs/statistics.md lists its members.
    fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// Writes a page of HTML with tables and charts to `target`, a path or a binary file object. The
    /// page is complete in itself: it needs no network and has no scripts. A file at the path is
    /// replaced when the page is complete.
    #[pyo3(signature = (target, /))]
    fn to_html(&self, target: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = target.py();
        let mut output = Target::open(target, "the page")?;
        output.write(py, self.0.to_html().as_bytes())?;
        output.commit(py)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        let headline = self.0.headline();
        format!("<tidemarc.Statistics: {headline}>")
    }

    fn _repr_html_(&self) -> String {
        self.0.to_html_fragment()
    }
}

/// Reads a source to its end, and returns its statistics: of tags, indicators and subfields the
/// occurrences, the records that have them, a histogram of repeats, and sample values; of records
/// the types, levels, encodings, languages and years; the faults by kind.
///
/// It makes no Python objects for records, and runs without the GIL from a path. `samples` is the
/// largest number of sample values of a subfield. `most_values` is the largest number of tags, and of
/// languages, years and so on, that are counted on their own; the first that appear are, and all
/// others are counted together. The other options are those of `Reader`. Damaged records are counted
/// if they can be repaired, and skipped otherwise.
#[pyfunction]
#[pyo3(
    signature = (source, *, samples=10, most_values=1000, format=Choice::of("auto"), repair=true, encoding=Choice::of("auto"), numeric_references=false, threads=None, chunk_size=65536, max_record_length=16777216, controls=Choice::of("error"), mnemonics=Choice::of("all"), max_ratio=None),
    text_signature = "(source, *, samples=10, most_values=1000, format='auto', repair=True, encoding='auto', numeric_references=False, threads=None, chunk_size=65536, max_record_length=16777216, controls='error', mnemonics='all', max_ratio=None)"
)]
#[allow(clippy::too_many_arguments, reason = "they are Python's keywords")]
pub(crate) fn statistics(
    source: &Bound<'_, PyAny>,
    samples: isize,
    most_values: isize,
    format: Choice,
    repair: bool,
    encoding: Choice,
    numeric_references: bool,
    threads: Option<isize>,
    chunk_size: isize,
    max_record_length: isize,
    controls: Choice,
    mnemonics: Choice,
    max_ratio: Option<isize>,
) -> PyResult<Statistics> {
    const MOST: isize = 1_000_000;
    let py = source.py();
    let limits = StatisticsOptions::new()
        .samples(within("samples", samples, 0..=MOST)?)
        .most_values(within("most_values", most_values, 0..=MOST)?);
    let text = format_options::text_options(&encoding, &Choice::of("strict"), numeric_references)?;
    let read = format_options::read_options(
        ("format", &format),
        &controls,
        &mnemonics,
        threads,
        max_record_length,
        max_ratio,
    )?;
    let chunk_size = at_least("chunk_size", chunk_size, 1)?;
    let opened = source::open(source, Options { repair, text, chunk_size, ..read })?;
    let mut collector = Collector::new(limits);
    let opened = opened.project(collector.tally(text));
    let stream = opened.each_batch(py, |_, counts| {
        py.detach(|| collector.add(counts));
        Ok(())
    })?;
    let title = stream.title().map(|title| title.to_string());
    Ok(Statistics(collector.finish(stream.stats(), title)))
}
