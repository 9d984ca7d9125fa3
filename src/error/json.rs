//! An error as a JSON object.

use super::{Error, ErrorKind, shown::is_escaped};
use std::{
    fmt::{Display, Write},
    string::{String, ToString},
};

/// Appends `"name":value`, if there is a value.
fn member(json: &mut String, name: &str, value: Option<impl Display>) {
    if let Some(value) = value {
        let separator = if json.is_empty() { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(json, r#"{separator}"{name}":{value}"#);
    }
}

/// Returns text as a JSON string (RFC 8259 section 7).
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if is_escaped(character) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

impl Error {
    /// Returns a JSON object on one line, for reports. Unknown members are left out:
    ///
    /// `source` (the name of the input), `number` (of the record in it), `overall_number` (among
    /// the records of all inputs, if there are several), `code`, `kind`, `severity`,
    /// `control_number`, `offset` and `length` (in bytes), `tag`, `entry`, `subfield`, `location`
    /// (first byte at fault and the one after the last, in bytes from the start of the input),
    /// `reason`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = self.json_head();
        member(&mut json, "offset", self.offset());
        let is_of_bytes = self.kind() != ErrorKind::Io;
        member(&mut json, "length", is_of_bytes.then(|| self.length()));
        member(&mut json, "tag", self.tag().map(|tag| quoted(&tag.to_string())));
        member(&mut json, "entry", self.entry());
        let subfield = self.subfield().map(|code| code.escape_ascii().to_string());
        member(&mut json, "subfield", subfield.as_deref().map(quoted));
        let location = self.location();
        let location =
            (!location.is_empty()).then(|| format!("[{},{}]", location.start, location.end));
        member(&mut json, "location", location);
        member(&mut json, "reason", Some(quoted(&self.reason())));
        format!("{{{json}}}")
    }

    /// Returns the first members of this object: those that are the same for every piece of a long
    /// span.
    pub(crate) fn json_head(&self) -> String {
        let mut json = String::new();
        member(&mut json, "source", self.input_name().map(quoted));
        member(&mut json, "number", self.record_number());
        member(&mut json, "overall_number", self.overall_number());
        member(&mut json, "code", Some(quoted(self.code())));
        member(&mut json, "kind", Some(quoted(self.kind().name())));
        member(&mut json, "severity", Some(quoted(self.severity().name())));
        member(&mut json, "control_number", self.control_number().map(quoted));
        json
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Position, *};
    use crate::record::Fault;

    #[test]
    fn what_is_known_is_told_and_text_is_escaped() {
        let position = Position {
            name: Some("a \"b\"\n.mrc".into()),
            record: Some(3),
            offset: Some(100),
            raw: b"00063nam".as_slice().into(),
            ..Position::default()
        };
        let error = Error::new(Fault::new(ErrorKind::RecordLength), position);
        assert_eq!(
            error.to_json(),
            r#"{"source":"a \"b\"\u000a.mrc","number":3,"code":"TM101","#.to_string()
                + r#""kind":"record_length","severity":"lost_record","offset":100,"length":8,"#
                + r#""location":[100,105],"#
                + r#""reason":"the record length (leader/00-04) is not the record's length: says 63, has 8"}"#
        );
    }
}
