//! Reports: every fault of an input as a row of CSV or a line of JSON.

use super::{check::Summary, rust::Reader};
use crate::{
    OutputFile,
    encoding::{ErrorPolicy, RecordText, subfields},
    error::{Error, Position, Unwritten, escaped, first_characters, quoted},
    parse::Batch,
    record::{RecordRef, Tag},
    source::FileId,
};
use std::{ffi::OsStr, fmt::Write as _, io, mem, path::Path, string::String, vec::Vec};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportFormat {
    /// Comma-separated values (RFC 4180) for a spreadsheet.
    Csv,
    /// One JSON object for each fault, on a line of its own.
    JsonLines,
}

impl ReportFormat {
    /// Returns the format with this name: `"csv"` or `"jsonl"`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    /// Returns the format for a path, by its suffix: `.csv`, `.jsonl` or `.ndjson`.
    #[must_use]
    pub fn of_path(path: impl AsRef<Path>) -> Option<Self> {
        let is = |suffix: &OsStr, name: &str| suffix.eq_ignore_ascii_case(name);
        match path.as_ref().extension()? {
            suffix if is(suffix, "csv") => Some(Self::Csv),
            suffix if is(suffix, "jsonl") || is(suffix, "ndjson") => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// The description of the suffixes, for messages.
pub(crate) const SUFFIXES: &str =
    "the suffix of a report is .csv, .jsonl or .ndjson, unless its format is named";

/// The columns of a report in CSV; with several inputs, `file` comes first. A report in JSON Lines
/// has the members of [`Error::to_json`](crate::Error::to_json), and `title`.
const COLUMNS: [&str; 10] = [
    "number",
    "offset",
    "control_number",
    "title",
    "code",
    "kind",
    "severity",
    "tag",
    "subfield",
    "reason",
];

/// The first column, if there are several inputs.
const FILE: &str = "file,";

/// Largest number of characters of a control number and of a title. Both stand in each row of a
/// record, and a record may have as many faults as bytes.
const LONGEST: usize = 200;

/// Reads a file as [`check`](crate::check) does, and writes a report of everything that was found to
/// a path, whose suffix names the [format](ReportFormat). The file at the path is replaced when the
/// report is complete.
///
/// ```
/// let path = std::env::temp_dir().join("tidemarc-report-doc.csv");
/// let summary = tidemarc::report("tests/fixtures/books-damaged.mrc", &path)?;
/// let report = std::fs::read_to_string(&path)?;
/// let found: u64 = summary.faults().map(|(times, _)| times).sum();
/// assert_eq!(report.lines().count() as u64, 1 + found);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the suffix names no format, if the target is the source, if the source cannot be opened or
/// read, or if the target cannot be written. Faults in the source are no errors here.
pub fn report(source: impl AsRef<Path>, target: impl AsRef<Path>) -> Result<Summary, Error> {
    let target = target.as_ref();
    let unwritten = |cause| {
        let unwritten = Unwritten { what: "report", path: Some(target.to_owned()), cause };
        Error::io(unwritten.wrapped(), Position::default())
    };
    let refused = |reason| unwritten(io::Error::new(io::ErrorKind::InvalidInput, reason));
    let format = ReportFormat::of_path(target).ok_or_else(|| refused(SUFFIXES))?;
    let reader = Reader::builder().repair(true).from_path(source)?;
    if FileId::of_path(target).is_some_and(|file| reader.stream.files().contains(&file)) {
        return Err(refused("it is the input itself"));
    }
    let mut output = OutputFile::create(target).map_err(unwritten)?;
    let summary = Summary::reporting(reader, format, &mut output)?;
    output.commit().map_err(unwritten)?;
    Ok(summary)
}

impl Summary {
    /// Does the same as [`of`](Self::of), and writes a report of every fault to `output`, in the
    /// order of the input. The output is flushed.
    ///
    /// ```
    /// use tidemarc::{Reader, ReportFormat, Summary};
    ///
    /// let reader = Reader::builder().repair(true).from_path("tests/fixtures/books-damaged.mrc")?;
    /// let mut report = Vec::new();
    /// Summary::reporting(reader, ReportFormat::JsonLines, &mut report)?;
    /// assert!(report.starts_with(br#"{"source":"tests/fixtures/books-damaged.mrc","number":"#));
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`of`](Self::of), and those of the output.
    pub fn reporting(
        mut reader: Reader,
        format: ReportFormat,
        output: &mut impl io::Write,
    ) -> Result<Self, Error> {
        let mut rows = ReportRows::new(format, reader.stream.has_inputs());
        let mut summary = Self::begin(&reader.stream, false);
        let unwritten = |cause| Unwritten { what: "report", path: None, cause }.wrapped();
        loop {
            let added = summary.add_batch(&mut reader.stream, Some(&mut rows));
            let written = added.and_then(|()| output.write_all(&rows.take()).map_err(unwritten));
            written.map_err(|error| reader.stream.failure(error))?;
            if !reader.turn()? {
                break;
            }
        }
        summary.end(&reader.stream);
        let flushed = output.flush().map_err(unwritten);
        flushed.map_err(|error| reader.stream.failure(error))?;
        Ok(summary)
    }
}

/// The rows of a report that are still to be written.
pub(crate) struct ReportRows {
    format: ReportFormat,
    /// True if there are several inputs.
    has_inputs: bool,
    text: String,
    title: Title,
}

/// The title of the record that had the last fault: a record may have many.
#[derive(Default)]
pub(super) struct Title {
    /// Number of the record.
    number: Option<u64>,
    text: String,
}

impl Title {
    /// Returns the title of the record of a fault. `at` is the index of the record, if the fault is
    /// in one.
    pub(super) fn of(&mut self, batch: &Batch, at: Option<usize>, error: &Error) -> &str {
        // The number in all inputs, since a file may be in the list twice.
        let number = error.overall_number().or(error.record_number());
        if number.is_none() || number != self.number {
            let title_of = |at| {
                let record = batch.record_at(at);
                title(&record, batch.text_of(&record))
            };
            *self = Self { number, text: at.map(title_of).unwrap_or_default() };
        }
        &self.text
    }
}

impl ReportRows {
    /// Makes the beginning of a report. A report in CSV begins with a byte order mark, by which
    /// Excel recognises UTF-8.
    pub(crate) fn new(format: ReportFormat, has_inputs: bool) -> Self {
        let file = if has_inputs { FILE } else { "" };
        let text = match format {
            ReportFormat::Csv => ["\u{FEFF}", file, &COLUMNS.join(","), "\r\n"].concat(),
            ReportFormat::JsonLines => String::new(),
        };
        Self { format, has_inputs, text, title: Title::default() }
    }

    /// Returns the rows, and forgets them.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.text).into_bytes()
    }

    /// Appends the row of a fault. `at` is the index of its record, if it is in one.
    pub(super) fn push(&mut self, batch: &Batch, at: Option<usize>, error: &Error) {
        let short = error.with_short_control_number(LONGEST);
        let error = short.as_ref().unwrap_or(error);
        self.title.of(batch, at, error);
        match self.format {
            ReportFormat::Csv => self.push_csv(error),
            ReportFormat::JsonLines => {
                let json = error.to_json();
                let object = json.strip_suffix('}').unwrap_or(&json);
                self.text.push_str(object);
                if !self.title.text.is_empty() {
                    self.text.extend([",\"title\":", &quoted(&self.title.text)]);
                }
                self.text.push_str("}\n");
            }
        }
    }

    fn push_csv(&mut self, error: &Error) {
        let tag = error.tag().map(|tag| tag.to_string()).unwrap_or_default();
        let code = error.subfield().map(|code| code.escape_ascii().to_string());
        if self.has_inputs {
            push_cell(error.input_name().unwrap_or_default(), &mut self.text);
            self.text.push(',');
        }
        for number in [error.record_number(), error.offset()] {
            if let Some(number) = number {
                // Writing to a string cannot fail.
                let _ = write!(self.text, "{number}");
            }
            self.text.push(',');
        }
        for (at, text) in [
            error.control_number().unwrap_or_default(),
            &self.title.text,
            error.code(),
            error.kind().name(),
            error.severity().name(),
            &tag,
            &code.unwrap_or_default(),
            &error.reason(),
        ]
        .into_iter()
        .enumerate()
        {
            self.text.push_str(if at == 0 { "" } else { "," });
            push_cell(text, &mut self.text);
        }
        self.text.push_str("\r\n");
    }
}

/// Appends text in quotes, with quotes doubled (RFC 4180, section 2). Text that a spreadsheet would
/// take for a formula begins with an apostrophe instead: the text comes from a file that may be
/// hostile.
pub(crate) fn push_cell(text: &str, to: &mut String) {
    to.push('"');
    if text.starts_with(['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}']) {
        to.push('\'');
    }
    for character in escaped(text).chars() {
        to.push(character);
        if character == '"' {
            to.push('"');
        }
    }
    to.push('"');
}

/// Returns $a and the rest of the title (245 $b; in UNIMARC 200 $e) of a record, with a blank
/// between them. Undecodable bytes are written as `\xe9`.
fn title(record: &RecordRef<'_>, text: RecordText) -> String {
    let text = text.with_policy(ErrorPolicy::BackslashReplace);
    let titles = [(Tag::new(*b"245"), "b"), (Tag::new(*b"200"), "e")];
    let title = titles.into_iter().find_map(|(tag, rest)| {
        let field = record.field(tag)?;
        let text = text.field(record, field).ok()?;
        let part = |wanted| subfields(&text).find(|(code, _)| *code == wanted);
        let (_, main) = part("a")?;
        let parts = [Some(main), part(rest).map(|(_, rest)| rest)];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    });
    escaped(&first_characters(&title.unwrap_or_default(), LONGEST)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        for (text, cell) in [
            ("", r#""""#),
            ("plain, é", r#""plain, é""#),
            ("say \"x\"", r#""say ""x""""#),
            ("=1+1", r#""'=1+1""#),
            ("-1", r#""'-1""#),
            ("+1", r#""'+1""#),
            ("@SUM(A1)", r#""'@SUM(A1)""#),
            ("\u{FF1D}1", "\"'\u{FF1D}1\""),
            ("\t=1", r#""\u0009=1""#),
            ("a\r\n=1", r#""a\u000d\u000a=1""#),
            ("a=1", r#""a=1""#),
        ] {
            let mut found = String::new();
            push_cell(text, &mut found);
            assert_eq!(found, cell);
        }
    }

    #[test]
    fn the_suffix_of_a_path_names_the_format() {
        assert_eq!(ReportFormat::of_path("a.CSV"), Some(ReportFormat::Csv));
        assert_eq!(ReportFormat::of_path("a.jsonl"), Some(ReportFormat::JsonLines));
        assert_eq!(ReportFormat::of_path("a.ndjson"), Some(ReportFormat::JsonLines));
        for path in ["a", "a.json", "a.csv.gz", "a.xlsx", ".csv"] {
            assert_eq!(ReportFormat::of_path(path), None, "{path}");
        }
    }
}
