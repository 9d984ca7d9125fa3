//! MARC-8 by pymarc's rules: the only place where the Python face uses the decoder.

use crate::encoding::pymarc::{CutEscape, Marc8Decoder, Report, character, odd_map};
use pyo3::{
    exceptions::{PyTypeError, PyUnicodeDecodeError},
    intern,
    prelude::*,
    types::{PyBytes, PyDict, PyString},
};
use std::{borrow::Cow, collections::VecDeque};

/// Returns the text of one subfield. Its bytes were checked to decode without a report.
pub(crate) fn decode_quietly(bytes: &[u8]) -> Cow<'_, str> {
    Marc8Decoder::new().translate(bytes, |_| {}).unwrap_or_default()
}

/// Returns the result of pymarc's `marc8_to_unicode`, with its lines on stderr and its exception.
pub(crate) fn to_unicode<'py>(
    py: Python<'py>,
    bytes: &[u8],
    quiet: bool,
) -> PyResult<Bound<'py, PyString>> {
    let (text, lines) = translate(&mut Marc8Decoder::new(), bytes, quiet);
    write_lines(py, &lines)?;
    match text {
        Ok(text) => Ok(PyString::new(py, &text)),
        Err(error) => {
            let bytes = PyBytes::new(py, bytes);
            let (end, reason) = (bytes.as_bytes().len(), error.to_string());
            let arguments = ("marc8_to_unicode", bytes, 0, end, reason);
            Err(PyUnicodeDecodeError::new_err(arguments.into_pyobject(py)?.unbind()))
        }
    }
}

/// Returns the text, and the lines that pymarc would have written.
fn translate<'a>(
    decoder: &mut Marc8Decoder,
    bytes: &'a [u8],
    quiet: bool,
) -> (Result<Cow<'a, str>, CutEscape>, Vec<Report>) {
    let mut lines = Vec::new();
    let text = decoder.translate(bytes, |report| {
        if !(quiet && report.is_silenced_by_quiet()) {
            lines.push(report);
        }
    });
    (text, lines)
}

/// Writes to the current `sys.stderr`: programs put another file in its place to catch these lines.
fn write_lines(py: Python<'_>, lines: &[Report]) -> PyResult<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let stderr = py.import(intern!(py, "sys"))?.getattr(intern!(py, "stderr"))?;
    for line in lines {
        stderr.call_method1(intern!(py, "write"), (format!("{line}\n"),))?;
    }
    Ok(())
}

/// Converts text to codes, as pymarc does: escape characters are dropped, and a character above a
/// byte is in no set. `0xFF`, which is in no set either, replaces it.
fn codes_of(text: &str) -> (Vec<u8>, VecDeque<u32>) {
    const UNKNOWN: u8 = 0xFF;
    let mut unknown = VecDeque::new();
    let codes = text.chars().filter(|&c| c != '\x1B').map(|c| {
        let code = u8::try_from(u32::from(c)).unwrap_or(UNKNOWN);
        if code == UNKNOWN {
            unknown.push_back(u32::from(c));
        }
        code
    });
    (codes.collect(), unknown)
}

/// Does the work of `MARC8ToUnicode.translate`. Returns the text, the two sets designated at the
/// end, and true if the input ended within an escape sequence.
#[pyfunction]
pub(crate) fn _marc8_translate(
    py: Python<'_>,
    marc8: &Bound<'_, PyAny>,
    g0: u8,
    g1: u8,
    quiet: bool,
) -> PyResult<(String, u8, u8, bool)> {
    let mut decoder = Marc8Decoder { g0, g1 };
    let (bytes, mut unknown) = match marc8.cast::<PyString>() {
        Ok(text) => codes_of(text.to_str()?),
        Err(_) => {
            let bytes = py
                .get_type::<PyBytes>()
                .call1((marc8,))
                .map_err(|_| PyTypeError::new_err("MARC-8 is bytes or text"))?;
            (bytes.cast::<PyBytes>()?.as_bytes().to_vec(), VecDeque::new())
        }
    };
    let (text, mut lines) = translate(&mut decoder, &bytes, quiet);
    for line in &mut lines {
        if let Report::Unparsed { code: code @ 0xFF, .. } = line
            && let Some(real) = unknown.pop_front()
        {
            *code = real;
        }
    }
    write_lines(py, &lines)?;
    let cut = text.is_err();
    Ok((text.map(Cow::into_owned).unwrap_or_default(), decoder.g0, decoder.g1, cut))
}

/// Codes that are in pymarc's tables, but that its decoder never looks up. It drops control
/// characters; these include the marks around text that is not sorted (88, 89) and the joiners (8D,
/// 8E).
const UNREAD: [(u8, u32, u32); 8] = [
    (0x42, 0x1B, 0x1B),
    (0x42, 0x1D, 0x1D),
    (0x42, 0x1E, 0x1E),
    (0x42, 0x1F, 0x1F),
    (0x45, 0x88, 0x98),
    (0x45, 0x89, 0x9C),
    (0x45, 0x8D, 0x200D),
    (0x45, 0x8E, 0x200C),
];

/// Returns a set of pymarc's `CODESETS`: code to (code point, 1 for a combining mark).
#[pyfunction]
pub(crate) fn _marc8_codeset(py: Python<'_>, set: u8) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    let add = |code: u32| -> PyResult<()> {
        match character(set, code) {
            Some((char, is_mark)) => dict.set_item(code, (u32::from(char), u8::from(is_mark))),
            None => Ok(()),
        }
    };
    if set == b'1' {
        // EACC has three bytes, each printable ASCII.
        for plane in 0x20..0x7F {
            for row in 0x20..0x7F {
                (0x20..0x7F).try_for_each(|cell| add(plane << 16 | row << 8 | cell))?;
            }
        }
    } else {
        (0..0x100).try_for_each(add)?;
    }
    for (_, code, char) in UNREAD.into_iter().filter(|unread| unread.0 == set) {
        dict.set_item(code, (char, 0))?;
    }
    Ok(dict)
}

/// Returns pymarc's `ODD_MAP`: codes that are in no set and that it decodes nevertheless.
#[pyfunction]
pub(crate) fn _marc8_odd_map(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    for (code, char) in odd_map() {
        dict.set_item(code, u32::from(char))?;
    }
    Ok(dict)
}
