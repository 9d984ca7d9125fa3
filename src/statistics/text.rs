//! Statistics as tables of text.

use super::{
    Facet, Statistics,
    report::{SubfieldStatistics, TagStatistics},
    values::text_of,
};
use crate::error::{Grouped, escaped, first_characters};
use std::{
    fmt::{self, Display, Formatter},
    format,
    string::String,
    vec::Vec,
};

/// Number of values of a facet, and of samples, that are shown.
const SHOWN_VALUES: usize = 20;
const SHOWN_SAMPLES: usize = 3;
/// Largest number of characters of a sample that are shown.
const SHOWN_CHARACTERS: usize = 40;

impl Display for Statistics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stats.summary(self.input.as_deref()))?;
        write!(f, "\n{} fields, {} subfields", Grouped(self.fields()), Grouped(self.subfields()))?;
        for facet in Facet::ALL {
            write!(f, "\n\n{}", facet.heading())?;
            let values = self.values(facet);
            let rest = values.iter().skip(SHOWN_VALUES).map(|(_, records)| records).sum::<u64>();
            for (value, records) in values.iter().take(SHOWN_VALUES) {
                self.row(f, *records, &escaped(value), facet.meaning(value))?;
            }
            if rest + self.others(facet) > 0 {
                self.row(f, rest + self.others(facet), "(others)", "")?;
            }
            if self.missing(facet) > 0 {
                self.row(f, self.missing(facet), "(missing)", "")?;
            }
        }
        write!(
            f,
            "\n\n{:<6} {:>13} {:>13} {:>8}  Repeats, samples",
            "Tag", "Occurrences", "Records", ""
        )?;
        for tag in self.tags() {
            self.tag_rows(f, &tag)?;
        }
        if self.fields_of_other_tags() > 0 {
            write!(f, "\n{:<6} {:>13}", "others", Grouped(self.fields_of_other_tags()))?;
        }
        Ok(())
    }
}

impl Statistics {
    fn row(&self, f: &mut Formatter<'_>, records: u64, value: &str, meaning: &str) -> fmt::Result {
        let line =
            format!("{:>13} {:>8}  {value}  {meaning}", Grouped(records), self.share(records));
        write!(f, "\n{}", line.trim_end())
    }

    fn tag_rows(&self, f: &mut Formatter<'_>, tag: &TagStatistics<'_>) -> fmt::Result {
        let name = format!("{}", tag.tag());
        let records = tag.records();
        self.count_row(f, &name, tag.occurrences(), records, &tag.repeats(), tag.samples())?;
        for (number, values) in (1..).zip(tag.indicators()) {
            let values = values.iter().map(|(byte, occurrences, _)| {
                format!("\"{}\" {}", escaped(&text_of(&[*byte])), Grouped(*occurrences))
            });
            let values = values.collect::<Vec<_>>().join(", ");
            if !values.is_empty() {
                write!(f, "\n  ind{number} {values}")?;
            }
        }
        tag.subfields().iter().try_for_each(|subfield| self.subfield_row(f, subfield))
    }

    fn subfield_row(&self, f: &mut Formatter<'_>, of: &SubfieldStatistics<'_>) -> fmt::Result {
        let name = format!("  ${}", escaped(&text_of(&[of.code()])));
        self.count_row(f, &name, of.occurrences(), of.records(), &of.repeats(), of.samples())
    }

    fn count_row(
        &self,
        f: &mut Formatter<'_>,
        name: &str,
        occurrences: u64,
        records: u64,
        repeats: &[u64],
        samples: &[String],
    ) -> fmt::Result {
        let (occurrences, share) = (Grouped(occurrences), self.share(records));
        let records = Grouped(records);
        let samples = samples
            .iter()
            .take(SHOWN_SAMPLES)
            .map(|sample| format!("\"{}\"", escaped(&first_characters(sample, SHOWN_CHARACTERS))));
        let repeats = (1..).zip(repeats).filter(|&(number, &count)| number > 1 && count > 0);
        let repeats =
            repeats.map(|(number, &count)| class(number) + " × " + &Grouped(count).to_string());
        let notes = repeats.chain(samples).collect::<Vec<_>>().join(", ");
        let line = format!("{name:<6} {occurrences:>13} {records:>13} {share:>8}  {notes}");
        write!(f, "\n{}", line.trim_end())
    }

    /// Returns the share of records in per cent.
    pub(super) fn share(&self, records: u64) -> String {
        // A share that is not nothing or everything is not shown as such.
        match (self.stats.records, records as f64 * 100.0 / self.stats.records as f64) {
            (0, _) => String::new(),
            (_, share) if records > 0 && share < 0.05 => "< 0.1 %".into(),
            (all, share) if records < all && share >= 99.95 => "> 99.9 %".into(),
            (_, share) => format!("{share:.1} %"),
        }
    }
}

/// Returns the name of a class of a histogram: `2`, or `10+` for the last.
pub(super) fn class(number: usize) -> String {
    match number {
        super::counts::CLASSES => format!("{number}+"),
        _ => format!("{number}"),
    }
}
