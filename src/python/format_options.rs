//! The names by which Python's keyword arguments say how formats are read and written.

use crate::format::{Controls, Format, Overlong, Undecodable, WriteOptions};
use pyo3::{exceptions::PyValueError, prelude::*};
use std::fmt::Write as _;

/// The format that nobody names finds out.
const AUTO: &str = "auto";

/// What a name stands for among these, or what names there are.
fn one_of<T: Copy>(argument: &str, name: &str, known: &[(&str, T)]) -> PyResult<T> {
    if let Some((_, value)) = known.iter().find(|(known, _)| *known == name) {
        return Ok(*value);
    }
    let mut names = String::new();
    for (at, (known, _)) in known.iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        // Writing to a string does not fail.
        let _ = write!(names, "{separator}'{known}'");
    }
    Err(PyValueError::new_err(format!("{argument} must be one of {names}, not {name:?}")))
}

/// A format by its name.
pub(super) fn format(argument: &str, name: &str) -> PyResult<Format> {
    name.parse().map_err(|_| {
        let known = Format::ALL.map(|format| (format.name(), format));
        one_of(argument, name, &known).err().unwrap_or_else(|| PyValueError::new_err("no format"))
    })
}

/// A format by its name, or `None` for the one that the first bytes show.
pub(super) fn format_or_auto(argument: &str, name: &str) -> PyResult<Option<Format>> {
    if name == AUTO {
        return Ok(None);
    }
    if let Ok(format) = name.parse() {
        return Ok(Some(format));
    }
    let mut known = vec![(AUTO, None)];
    known.extend(Format::ALL.map(|format| (format.name(), Some(format))));
    one_of(argument, name, &known)
}

pub(super) fn controls(name: &str) -> PyResult<Controls> {
    let known =
        [("error", Controls::Error), ("skip", Controls::Skip), ("replace", Controls::Replace)];
    one_of("controls", name, &known)
}

/// How records are written, by the names of a writer's keyword arguments.
pub(super) fn write_options(
    controls_name: &str,
    undecodable: &str,
    overlong: &str,
    namespace: bool,
    collection: bool,
) -> PyResult<WriteOptions> {
    let undecodable = one_of(
        "encoding_errors",
        undecodable,
        &[
            ("strict", Undecodable::Strict),
            ("replace", Undecodable::Replace),
            ("ignore", Undecodable::Ignore),
            ("backslashreplace", Undecodable::Backslash),
        ],
    )?;
    let overlong = one_of(
        "overlong",
        overlong,
        &[("error", Overlong::Error), ("split", Overlong::Split), ("xml", Overlong::Xml)],
    )?;
    Ok(WriteOptions::new()
        .controls(controls(controls_name)?)
        .undecodable(undecodable)
        .overlong(overlong)
        .namespace(namespace)
        .collection(collection))
}

/// Where records go that are too long has to be said if they are to go anywhere.
pub(super) fn check_overlong(overlong: &str, has_target: bool) -> PyResult<()> {
    match (overlong == "xml", has_target) {
        (true, false) => Err(PyValueError::new_err("overlong='xml' needs overlong_to")),
        (false, true) => Err(PyValueError::new_err("overlong_to needs overlong='xml'")),
        _ => Ok(()),
    }
}
