//! Statistics as JSON.

use super::{
    Facet, Statistics,
    report::{SubfieldStatistics, TagStatistics},
    values::text_of,
};
use crate::error::quoted;
use std::{format, string::String, vec::Vec};

impl Statistics {
    /// Returns a JSON object on one line. `docs/statistics.md` lists its members.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stats = &self.stats;
        let mut members = Vec::new();
        if let Some(input) = &self.input {
            members.push(member("source", &quoted(input)));
        }
        for (name, number) in [
            ("records", stats.records),
            ("unmatched", stats.unmatched),
            ("bytes", stats.bytes()),
            ("repaired", stats.repaired),
            ("incomplete", stats.incomplete),
            ("bad_spans", stats.faults),
            ("fields", self.fields()),
            ("subfields", self.subfields()),
        ] {
            members.push(member(name, &format!("{number}")));
        }
        let faults = stats.kinds().map(|(kind, number)| {
            let (code, name) = (quoted(kind.code()), quoted(kind.name()));
            format!(r#"{{"code":{code},"kind":{name},"count":{number}}}"#)
        });
        members.push(member("faults", &array(faults)));
        for facet in Facet::ALL {
            let values = self.values(facet).into_iter();
            let values = values.map(|(value, records)| member(&value, &format!("{records}")));
            let (others, missing) = (self.others(facet), self.missing(facet));
            let object = format!(
                r#"{{"values":{},"others":{others},"missing":{missing}}}"#,
                object(values.collect())
            );
            members.push(member(facet.name(), &object));
        }
        members.push(member("tags", &array(self.tags().iter().map(tag))));
        let others = self.fields_of_other_tags();
        members.push(member("fields_of_other_tags", &format!("{others}")));
        object(members)
    }
}

fn tag(tag: &TagStatistics<'_>) -> String {
    let counts = counts(tag.occurrences(), tag.records(), &tag.repeats(), tag.samples());
    let indicators = tag.indicators().map(|values| {
        array(values.into_iter().map(|(byte, occurrences, records)| {
            let value = quoted(&text_of(&[byte]));
            format!(r#"{{"value":{value},"occurrences":{occurrences},"records":{records}}}"#)
        }))
    });
    let [first, second] = indicators;
    let subfields = array(tag.subfields().iter().map(subfield));
    let name = quoted(&format!("{}", tag.tag()));
    format!(
        r#"{{"tag":{name},{counts},"indicator1":{first},"indicator2":{second},"subfields":{subfields}}}"#
    )
}

fn subfield(subfield: &SubfieldStatistics<'_>) -> String {
    let (occurrences, records) = (subfield.occurrences(), subfield.records());
    let counts = counts(occurrences, records, &subfield.repeats(), subfield.samples());
    let code = quoted(&text_of(&[subfield.code()]));
    format!(r#"{{"code":{code},{counts}}}"#)
}

fn counts(occurrences: u64, records: u64, repeats: &[u64], samples: &[String]) -> String {
    let repeats = array(repeats.iter().map(|number| format!("{number}")));
    let samples = array(samples.iter().map(|sample| quoted(sample)));
    format!(
        r#""occurrences":{occurrences},"records":{records},"repeats":{repeats},"samples":{samples}"#
    )
}

fn member(name: &str, value: &str) -> String {
    format!("{}:{value}", quoted(name))
}

fn object(members: Vec<String>) -> String {
    format!("{{{}}}", members.join(","))
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}
