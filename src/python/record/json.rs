//! A record in MARC-in-JSON, as a string.

use super::{FieldObjects, Record};
use crate::python::{
    field::FieldView,
    gil::nesting::{call, str_of},
    pymarc::replaced::{names_are_replaced, of_record_module},
};
use pyo3::{
    intern,
    prelude::*,
    types::{PyDict, PyString},
};
use std::fmt::Write;

/// Returns `json.dumps(record.as_dict(), **arguments)`.
pub(super) fn dumps<'py>(
    record: &Bound<'py, Record>,
    arguments: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = record.py();
    if arguments.is_none_or(|arguments| arguments.is_empty())
        && !record.get().is_of_subclass
        && !names_are_replaced()
        && let Some(text) = record.get().json(py)?
    {
        return Ok(PyString::new(py, &text).into_any());
    }
    // A subclass may have overridden this method.
    let dict = call(record.as_any(), intern!(py, "as_dict"))?;
    of_record_module(py, "json")?.getattr(intern!(py, "dumps"))?.call((dict,), arguments)
}

impl Record {
    /// Returns the result of `json.dumps` for a record that is only in the bytes; `None` for any
    /// other.
    fn json(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let (FieldObjects::Untouched, Some(origin)) = (self.fields.get(py), &self.origin) else {
            return Ok(None);
        };
        let mut json = String::with_capacity(2 * origin.view().as_bytes().len());
        json.push_str("{\"leader\": ");
        push_string(&mut json, str_of(&self.leader_text(py))?.to_str()?);
        json.push_str(", \"fields\": [");
        for (nth, span) in origin.spans().iter().enumerate() {
            let field = origin.field(py, *span);
            let text = field.read_text(py)?;
            json.push_str(if nth == 0 { "{" } else { ", {" });
            push_string(&mut json, span.tag().as_str().unwrap_or_default());
            json.push_str(": ");
            if field.is_control(py) || field.bare_text(py)?.is_some() {
                push_string(&mut json, &text);
            } else {
                push_parts(&mut json, FieldView::new(&text));
            }
            json.push('}');
        }
        json.push_str("]}");
        Ok(Some(json))
    }
}

fn push_parts(json: &mut String, parts: FieldView<'_>) {
    let [first, second] = parts.indicators;
    json.push_str("{\"ind1\": ");
    push_string(json, first.encode_utf8(&mut [0; 4]));
    json.push_str(", \"ind2\": ");
    push_string(json, second.encode_utf8(&mut [0; 4]));
    json.push_str(", \"subfields\": [");
    for (nth, (code, value)) in parts.enumerate() {
        json.push_str(if nth == 0 { "{" } else { ", {" });
        push_string(json, code);
        json.push_str(": ");
        push_string(json, value);
        json.push('}');
    }
    json.push_str("]}");
}

/// Appends a string with the escapes of `json.dumps`: everything that is not printable ASCII.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    let mut rest = text;
    while let Some(at) =
        rest.bytes().position(|byte| !matches!(byte, b' '..=b'~') || byte == b'"' || byte == b'\\')
    {
        json.push_str(&rest[..at]);
        let Some(c) = rest[at..].chars().next() else { break };
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\x08' => json.push_str("\\b"),
            '\x0c' => json.push_str("\\f"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(json, "\\u{unit:04x}");
                }
            }
        }
        rest = &rest[at + c.len_utf8()..];
    }
    json.push_str(rest);
    json.push('"');
}
