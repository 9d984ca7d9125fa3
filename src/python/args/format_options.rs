//! Keyword arguments that name formats, encodings and policies.

use super::{choice::Choice, number::at_least};
use crate::{
    encoding::{DecodeOptions, Encoding, ErrorPolicy, TextOptions},
    format::{Compression, Controls, Format, Mnemonics, Overlong, WriteOptions},
    python::io::path::{is_path, path_of},
    record::MIN_RECORD_LENGTH,
    stream::Options,
};
use pyo3::{exceptions::PyValueError, prelude::*};

const FORMATS: &str = "'iso2709', 'marcxml', 'json', 'jsonl', 'marcmaker' or 'line'";

/// Returns the format with this name.
pub(crate) fn format(argument: &str, name: &Choice) -> PyResult<Format> {
    name.one_of(argument, FORMATS, |name| name.parse().ok())
}

/// Returns the format to write to a target: the one with this name or, without a name, the one that
/// the suffix of a path stands for. A target that is not a path receives ISO 2709.
///
/// # Errors
/// If the name is unknown, or the suffix stands for no format.
pub(crate) fn target_format(
    argument: &str,
    name: Option<&Choice>,
    target: &Bound<'_, PyAny>,
) -> PyResult<Format> {
    match name {
        Some(name) => format(argument, name),
        None if is_path(target)? => Format::of_path(path_of(target)?)
            .map_err(|unknown| PyValueError::new_err(format!("{argument}: {unknown}"))),
        None => Ok(Format::Iso2709),
    }
}

/// Returns the options that all functions that read have, from their keyword arguments. `argument` is
/// the name of the one for the format.
///
/// # Errors
/// If a name is unknown, or a number is outside its limits.
pub(crate) fn read_options(
    (argument, format): (&str, &Choice),
    controls_name: &Choice,
    mnemonics_name: &Choice,
    threads: Option<isize>,
    max_record_length: isize,
    max_ratio: Option<isize>,
) -> PyResult<Options> {
    let least = MIN_RECORD_LENGTH as isize;
    let mut options = Options {
        threads: threads.map(|threads| at_least("threads", threads, 1)).transpose()?,
        max_record_length: at_least("max_record_length", max_record_length, least)?,
        max_ratio: max_ratio
            .map(|ratio| at_least("max_ratio", ratio, 1).map(|ratio| ratio as u64))
            .transpose()?,
        ..Options::default()
    };
    options.formats.format = format_or_auto(argument, format)?;
    options.formats.controls = controls(controls_name)?;
    options.formats.mnemonics = mnemonics(mnemonics_name)?;
    Ok(options)
}

/// Returns the format with this name; `None` for "auto".
pub(crate) fn format_or_auto(argument: &str, name: &Choice) -> PyResult<Option<Format>> {
    name.one_of(argument, &format!("'auto', {FORMATS}"), |name| match name {
        "auto" => Some(None),
        name => name.parse().ok().map(Some),
    })
}

/// Returns the policy for control characters.
fn controls(name: &Choice) -> PyResult<Controls> {
    name.one_of("controls", "'error', 'skip' or 'replace'", |name| match name {
        "error" => Some(Controls::Error),
        "skip" => Some(Controls::Skip),
        "replace" => Some(Controls::Replace),
        _ => None,
    })
}

/// The names in braces that are mnemonics in MARCMaker text.
fn mnemonics(name: &Choice) -> PyResult<Mnemonics> {
    name.one_of("mnemonics", "'all' or 'marcedit'", |name| match name {
        "all" => Some(Mnemonics::All),
        "marcedit" => Some(Mnemonics::MarcEdit),
        _ => None,
    })
}

fn error_policy(name: &Choice) -> PyResult<ErrorPolicy> {
    let names = "'strict', 'replace', 'ignore' or 'backslashreplace'";
    name.one_of("encoding_errors", names, ErrorPolicy::from_name)
}

/// Returns the rule for decoding text, from a reader's keyword arguments.
///
/// # Errors
/// If a name is unknown.
pub(crate) fn text_options(
    encoding: &Choice,
    encoding_errors: &Choice,
    numeric_references: bool,
) -> PyResult<TextOptions> {
    let names = "'auto', 'utf-8', 'marc-8', 'iso-5426', 'iso-8859-1' or 'ascii'";
    let encoding = encoding.one_of("encoding", names, |name| match name {
        "auto" => Some(None),
        name => Encoding::from_name(name).map(Some),
    })?;
    let policy = error_policy(encoding_errors)?;
    let decode = DecodeOptions::new().policy(policy).numeric_references(numeric_references);
    Ok(TextOptions::new().encoding(encoding).decode(decode))
}

/// Returns the encoding in which a writer writes records, if it is not the one of each record.
///
/// # Errors
/// If the name is unknown, or the format is a text format and has another encoding.
pub(crate) fn target_encoding(
    option: &str,
    encoding: Option<&Choice>,
    format: Format,
) -> PyResult<Option<Encoding>> {
    let Some(encoding) = encoding else { return Ok(None) };
    let encoding = encoding.one_of(option, "'utf-8', 'marc-8' or None", |name| {
        let is_stated = |encoding: &Encoding| matches!(encoding, Encoding::Utf8 | Encoding::Marc8);
        Encoding::from_name(name).filter(is_stated)
    })?;
    if format != Format::Iso2709 && encoding != Encoding::Utf8 {
        let name = format.name();
        return Err(PyValueError::new_err(format!("{option} must be 'utf-8' for {name}")));
    }
    Ok(Some(encoding))
}

/// Returns the options of a writer, from its keyword arguments.
pub(crate) fn write_options(
    encoding: Option<Encoding>,
    controls_name: &Choice,
    encoding_errors: &Choice,
    overlong: &Choice,
    namespace: bool,
    collection: bool,
) -> PyResult<WriteOptions> {
    let names = "'error', 'split' or 'xml'";
    let overlong = overlong.one_of("overlong", names, |name| match name {
        "error" => Some(Overlong::Error),
        "split" => Some(Overlong::Split),
        "xml" => Some(Overlong::Xml),
        _ => None,
    })?;
    let options = WriteOptions::new();
    Ok(encoding
        .map_or(options, |encoding| options.encoding(encoding))
        .controls(controls(controls_name)?)
        .encoding_errors(error_policy(encoding_errors)?)
        .overlong(overlong)
        .namespace(namespace)
        .collection(collection))
}

/// Returns options with the compression and its level. With "auto" the suffix of a path decides,
/// and a target that is not a path is not compressed.
///
/// # Errors
/// If the name is unknown, or the compression does not have the level.
pub(crate) fn compressed(
    options: WriteOptions,
    compression: Option<&Choice>,
    level: Option<isize>,
    target: &Bound<'_, PyAny>,
) -> PyResult<WriteOptions> {
    let names = "'auto', 'gzip', 'bgzf', 'zstd' or None";
    let named = compression.map(|name| {
        name.one_of("compression", names, |name| match name {
            "auto" => Some(None),
            name => name.parse().ok().map(Some),
        })
    });
    let options = match named.transpose()? {
        Some(None) => options,
        Some(named @ Some(_)) => options.compression(named),
        None => options.compression(None),
    };
    let Some(level) = level else { return Ok(options) };
    let invalid = |message: String| PyValueError::new_err(format!("compression_level: {message}"));
    let Some(kind) = compression_of(&options, target)? else {
        return Err(invalid("the output is not compressed".to_owned()));
    };
    let level = u8::try_from(level).unwrap_or(u8::MAX);
    kind.check_level(level).map_err(|error| invalid(error.to_string()))?;
    Ok(options.compression_level(level))
}

/// Returns the compression of a target under these options.
pub(crate) fn compression_of(
    options: &WriteOptions,
    target: &Bound<'_, PyAny>,
) -> PyResult<Option<Compression>> {
    match options.compression {
        Some(named) => Ok(named),
        None if is_path(target)? => Ok(Compression::of_path(path_of(target)?)),
        None => Ok(None),
    }
}

/// Checks that `overlong_to` is passed if, and only if, records that are too long go there.
pub(crate) fn check_overlong(options: &WriteOptions, has_target: bool) -> PyResult<()> {
    match (options.overlong == Overlong::Xml, has_target) {
        (true, false) => Err(PyValueError::new_err("overlong='xml' needs overlong_to")),
        (false, true) => Err(PyValueError::new_err("overlong_to needs overlong='xml'")),
        _ => Ok(()),
    }
}
