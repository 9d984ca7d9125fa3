//! The arguments that several commands share.

use crate::{
    encoding::Encoding,
    format::Format,
    select::{Selector, SelectorError},
};
use clap::{Args, ValueEnum, builder::TypedValueParser};
use std::path::PathBuf;

/// The layout of the help of a command: the examples come first.
pub(super) const HELP: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}";

/// The arguments that name the input.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Files to read, one after the other; `-` is standard input
    ///
    /// The format (ISO 2709, MARCXML, JSON, MARCMaker or line text) and the compression (gzip,
    /// zstd, bzip2, xz or zip) of each file are recognised by its first bytes. A folder stands for
    /// the files in it. Without a file, standard input is read.
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Treatment of damaged records
    #[arg(long, value_name = "HOW", value_enum, default_value_t, help_heading = DAMAGE)]
    pub(super) errors: Errors,

    /// Save the exact bytes of damaged records in FILE, and a report in FILE.jsonl
    #[arg(long, value_name = "FILE", help_heading = DAMAGE)]
    pub(super) quarantine: Option<PathBuf>,

    /// Format of the input, if it is not recognised
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), help_heading = READING)]
    pub(super) input_format: Option<Format>,

    /// Encoding of the input, if its records state a wrong one: utf-8, marc-8, latin-1, iso-5426
    #[arg(long, value_name = "ENCODING", value_parser = encoding, help_heading = READING)]
    pub(super) input_encoding: Option<Encoding>,
}

/// The argument that chooses records.
#[derive(Debug, Args)]
pub(super) struct WhereArgs {
    /// Take only the records that match an expression, such as '008/35-37 = "ger" and 650'
    ///
    /// `tidemarc filter --help` has examples of expressions.
    #[arg(long = "where", value_name = "EXPR")]
    pub(super) expression: Option<String>,
}

/// Heading of the options for damaged records.
pub(super) const DAMAGE: &str = "Damaged records";
/// Heading of the options for reading.
pub(super) const READING: &str = "Reading";

/// The arguments that name the output.
#[derive(Debug, Args)]
pub(super) struct OutputArgs {
    /// File to write [default: standard output]
    ///
    /// An existing file is replaced when the new one is complete. Its suffix is the format, unless
    /// `--to` names one: `.mrc`, `.xml`, `.json`, `.jsonl` or `.mrk`, and after it `.gz` or `.zst`
    /// for compression.
    #[arg(short = 'o', long = "output", value_name = "OUT")]
    pub(super) path: Option<PathBuf>,

    /// Format to write [default: by the suffix of OUT, or the format that is read]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub(super) to: Option<Format>,
}

/// The treatment of damaged records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Errors {
    /// The first damaged record ends the command; an output file is not changed
    Strict,
    /// Damaged records are reported and left out
    #[default]
    Skip,
    /// Damaged records are repaired if their parts agree; the rest is left out
    Repair,
}

/// Returns the parser of the name of a format.
pub(super) fn format_parser() -> impl TypedValueParser<Value = Format> {
    let names = Format::ALL.map(Format::name).into_iter().chain(["marc", "xml", "mrk"]);
    clap::builder::PossibleValuesParser::new(names)
        .map(|name| name.parse().expect("every name that is possible is a format"))
}

/// Returns the encoding with this name.
///
/// # Errors
/// The names, if it is another one.
pub(super) fn encoding(name: &str) -> Result<Encoding, String> {
    Encoding::from_name(name)
        .ok_or_else(|| "encodings are utf-8, marc-8, latin-1, iso-5426 and ascii".into())
}

/// Parses a selector.
///
/// # Errors
/// The place of the mistake.
pub(super) fn selector(text: &str) -> Result<Selector, SelectorError> {
    text.parse()
}

/// Returns a number of bytes: `500000`, `100K`, `20M`, `1G`.
///
/// # Errors
/// The forms that a size has, if the text has another.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.as_bytes().last().map(u8::to_ascii_uppercase) {
        Some(b'K') => (&text[..text.len() - 1], 10),
        Some(b'M') => (&text[..text.len() - 1], 20),
        Some(b'G') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0);
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "a size is a number of bytes above 0, with K, M or G or nothing".into())
}
