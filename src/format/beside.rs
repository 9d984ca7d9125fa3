//! The content of a document beside its records, which no writer keeps.

use super::{
    Format, line,
    lines::{LineEnds, lines},
    marcmaker,
};
use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use std::{format, string::String, vec::Vec};

/// The content of a document beside its records: comments, and in MARCXML also attributes and elements
/// that its schema does not have, processing instructions and a document type. Declarations of
/// namespaces, attributes such as `xsi:schemaLocation` and `xml:space`, and white space do not count.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Name of the first element that is not part of MARCXML, such as the root of an answer of
    /// OAI-PMH.
    element: Option<String>,
    has_comments: bool,
    has_instructions: bool,
    has_document_type: bool,
    has_attributes: bool,
    /// True if a part of the document is not well-formed, and was not examined.
    is_unclear: bool,
}

impl Beside {
    /// Adds the content beside the records in the next bytes of the document, which are whole lines
    /// and whole elements.
    pub(crate) fn add(&mut self, format: Format, bytes: &[u8]) {
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match format {
            Format::Marcxml => self.add_xml(&String::from_utf8_lossy(text)),
            Format::Marcmaker => {
                let mut lines = lines(text, LineEnds::Any);
                self.has_comments |= lines.any(|line| marcmaker::is_comment(line.text));
            }
            Format::Line => {
                let mut lines = lines(text, LineEnds::LikeFirst);
                self.has_comments |= lines.any(|line| line::is_comment(line.text));
            }
            Format::Iso2709 | Format::Json | Format::JsonLines => {}
        }
    }

    fn add_xml(&mut self, text: &str) {
        let mut xml = Reader::from_str(text);
        // An element around the records begins in other bytes than it ends.
        let config = xml.config_mut();
        (config.check_end_names, config.allow_unmatched_ends) = (false, true);
        loop {
            match xml.read_event() {
                Ok(Event::Start(start) | Event::Empty(start)) => self.add_element(&start),
                Ok(Event::Comment(_)) => self.has_comments = true,
                Ok(Event::PI(_)) => self.has_instructions = true,
                Ok(Event::DocType(_)) => self.has_document_type = true,
                Ok(Event::Eof) => return,
                Ok(_) => {}
                Err(_) => {
                    self.is_unclear = true;
                    return;
                }
            }
        }
    }

    fn add_element(&mut self, start: &BytesStart<'_>) {
        let known: &[&str] = match start.local_name().as_ref() {
            "collection" | "record" | "leader" => &[],
            "controlfield" => &["tag"],
            "datafield" => &["tag", "ind1", "ind2"],
            "subfield" => &["code"],
            _ => {
                self.element.get_or_insert_with(|| String::from(start.name().as_ref()));
                return;
            }
        };
        for attribute in start.attributes().with_checks(false) {
            let Ok(attribute) = attribute else {
                self.is_unclear = true;
                return;
            };
            let name = attribute.key.as_ref();
            let prefix = name.split_once(':').map_or(name, |(prefix, _)| prefix);
            let is_of_xml = matches!(prefix, "xmlns" | "xsi" | "xml");
            self.has_attributes |= !is_of_xml && !known.contains(&name);
        }
    }

    /// Returns the content beside the records in words; `None` if there is none.
    pub(crate) fn in_words(&self) -> Option<String> {
        let element = self.element.as_ref();
        let parts = [
            element.map(|name| format!("the data around the records, in the element {name},")),
            self.has_attributes.then(|| "attributes".into()),
            self.has_comments.then(|| "comments".into()),
            self.has_instructions.then(|| "processing instructions".into()),
            self.has_document_type.then(|| "the document type".into()),
            self.is_unclear.then(|| "whatever stands around damaged records".into()),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(format: Format, parts: &[&str]) -> String {
        let mut beside = Beside::default();
        parts.iter().for_each(|part| beside.add(format, part.as_bytes()));
        beside.in_words().unwrap_or_default()
    }

    #[test]
    fn whatever_is_no_part_of_a_record_of_marcxml_is_named() {
        let field = "<datafield tag='245' ind1='1' ind2='0'><subfield code='a'>x</subfield>";
        for (text, expected) in [
            ("<collection xmlns='a' xmlns:xsi='b' xsi:schemaLocation = \"c>d\"><record>", ""),
            ("<marc:record><marc:leader xml:space='preserve'>", ""),
            (field, ""),
            ("<marc:record\n id='1'>", "attributes"),
            ("<datafield tag='245' ind1='1' ind2='0' id='1'>", "attributes"),
            ("<record xmlns='id=\"1\"'>", ""),
            ("<record a='>' ><!-- checked --></record>", "attributes and comments"),
            ("<subfield code='a'><![CDATA[<!-- text --><b>]]></subfield>", ""),
            ("<?xml-stylesheet href='a'?><collection>", "processing instructions"),
            ("<!DOCTYPE collection [<!ENTITY a 'b'>]><collection>", "the document type"),
            ("<record", "whatever stands around damaged records"),
        ] {
            let text = format!("\u{FEFF}<?xml version='1.0'?>\n{text}");
            assert_eq!(beside(Format::Marcxml, &[&text]), expected, "{text}");
        }
        let element = "the data around the records, in the element header,";
        let parts = ["<?xml version='1.0'?>", "<collection><record><header>", "</header></record>"];
        assert_eq!(beside(Format::Marcxml, &parts), element);
    }

    #[test]
    fn comments_of_the_line_formats_are_found_after_any_line_end() {
        for (format, text, expected) in [
            (Format::Marcmaker, "=LDR  x\n=001  #1\n", ""),
            (Format::Marcmaker, "=LDR  x\n# new\n=001  1\n", "comments"),
            (Format::Marcmaker, "=LDR  x\r# new\r=001  1\r", "comments"),
            (Format::Marcmaker, "\u{FEFF}# new\n=LDR  x\n", "comments"),
            (Format::Line, "x\n245 10 $a (x)\n", ""),
            (Format::Line, "\u{FEFF}(Record ends)\nx\n", "comments"),
            (Format::Line, "x\n<!-- Record 2 -->\n", "comments"),
            (Format::Iso2709, "# <!-- (", ""),
        ] {
            assert_eq!(beside(format, &[text]), expected, "{text}");
        }
    }
}
