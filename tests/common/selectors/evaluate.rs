//! The values of a naive selector in a record.

use super::{Codes, Comparison, Fields, Guarded, Part, Range, Spec, Term};
use tidemarc::{Field, Record};

/// A record, or a field of it, as text.
pub(super) struct Content {
    leader: String,
    fields: Vec<(String, FieldContent)>,
}

enum FieldContent {
    Control(String),
    Data([char; 2], Vec<(char, String)>),
}

/// The place of a value.
#[derive(Clone, Copy)]
struct Place<'c> {
    own: (Fields, Part),
    field: &'c FieldContent,
    /// Number of the subfield in the field.
    subfield: Option<usize>,
    value: &'c str,
}

impl Content {
    pub(super) fn of(record: &Record) -> Self {
        let string = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("valid UTF-8");
        let content = |field: Field<'_>| match field {
            Field::Control(field) => FieldContent::Control(string(field.data)),
            Field::Data(field) => FieldContent::Data(
                [field.indicators().first.into(), field.indicators().second.into()],
                field.subfields().map(|part| (part.code.into(), string(part.value))).collect(),
            ),
        };
        let fields = record.fields().iter().map(|field| field.as_field());
        Self {
            leader: string(record.leader().as_bytes()),
            fields: fields.map(|field| (field.tag().to_string(), content(field))).collect(),
        }
    }

    fn fields(&self, Fields { tag, index }: Fields) -> Vec<&FieldContent> {
        let matches = |other: &str| tag.chars().zip(other.chars()).all(|(a, b)| a == '.' || a == b);
        let fields = self.fields.iter().enumerate();
        let fields = fields.filter(|(_, (other, _))| matches(other) && tag != "LDR");
        fields
            .filter(|(at, (tag, _))| {
                let with_tag =
                    self.fields.iter().enumerate().filter(|(_, (other, _))| other == tag);
                let with_tag = with_tag.map(|(at, _)| at).collect::<Vec<_>>();
                index.is_none_or(|index| index.pick(&with_tag).contains(at))
            })
            .map(|(_, (_, field))| field)
            .collect()
    }

    fn term(&self, term: &Term, place: Place<'_>) -> Vec<String> {
        let (fields, part) = match *term {
            Term::Text { ref text, .. } => return vec![text.clone()],
            Term::Full(fields, part) => (fields, part),
            Term::Short(Part::Whole(characters)) => match place.own.1 {
                Part::Subfield(codes, _) => (place.own.0, Part::Subfield(codes, characters)),
                _ => (place.own.0, Part::Whole(characters)),
            },
            Term::Short(part) => (place.own.0, part),
            Term::OtherField(index, part) => (Fields { index: Some(index), ..place.own.0 }, part),
            Term::OtherSubfield(index, characters) => match place.own.1 {
                Part::Subfield(codes, _) => {
                    let codes = Codes { index: Some(index), ..codes };
                    (place.own.0, Part::Subfield(codes, characters))
                }
                _ => unreachable!("only after a subfield"),
            },
        };
        if fields == place.own.0 {
            if let (Part::Subfield(codes, characters), Part::Subfield(own, _)) = (part, place.own.1)
                && codes == own
                && let (Some(at), FieldContent::Data(_, subfields)) = (place.subfield, place.field)
            {
                return selected(&subfields[at].1, characters).into_iter().collect();
            }
            return values(place.field, part).into_iter().map(|(_, value)| value).collect();
        }
        let leader = FieldContent::Control(self.leader.clone());
        let found = match fields.tag {
            "LDR" => fields.index.map_or(vec![&leader], |index| index.pick(&[&leader])),
            _ => self.fields(fields),
        };
        found.into_iter().flat_map(|field| values(field, part)).map(|(_, value)| value).collect()
    }

    fn holds(&self, Comparison(left, operator, right): &Comparison, place: Place<'_>) -> bool {
        let left = match left {
            Some(left) => self.term(left, place),
            None => vec![place.value.to_owned()],
        };
        let right = self.term(right, place);
        let any = |test: fn(&str, &str) -> bool| {
            left.iter().any(|left| right.iter().any(|right| test(left, right)))
        };
        !left.is_empty()
            && match *operator {
                "=" => any(|left, right| left == right),
                "!=" => !any(|left, right| left == right),
                "~" => any(|left, right| left.contains(right)),
                "!~" => !any(|left, right| left.contains(right)),
                "!" => right.is_empty(),
                _ => !right.is_empty(),
            }
    }
}

impl Spec {
    pub(super) fn values(&self, record: &Content) -> Vec<String> {
        let leader = FieldContent::Control(record.leader.clone());
        let fields = match self.fields.tag {
            "LDR" => self.fields.index.map_or(vec![&leader], |index| index.pick(&[&leader])),
            _ => record.fields(self.fields),
        };
        let mut found = Vec::new();
        for field in fields {
            let mut in_field = Vec::new();
            for (number, Guarded { part, conditions }) in self.parts.iter().enumerate() {
                for (subfield, value) in values(field, *part) {
                    let own = (self.fields, *part);
                    let place = Place { own, field, subfield, value: &value };
                    let holds = conditions.iter().all(|condition| {
                        condition.iter().any(|comparison| record.holds(comparison, place))
                    });
                    if holds {
                        in_field.push((subfield, number, value));
                    }
                }
            }
            in_field.sort_by_key(|(subfield, number, _)| (*subfield, *number));
            found.extend(in_field.into_iter().map(|(.., value)| value));
        }
        found
    }
}

fn selected(value: &str, characters: Option<Range>) -> Option<String> {
    let Some(characters) = characters else { return Some(value.to_owned()) };
    let selected = characters.pick(&value.chars().collect::<Vec<_>>());
    (!selected.is_empty()).then(|| selected.into_iter().collect())
}

/// Returns the values of a part of a field, each with the number of its subfield.
fn values(field: &FieldContent, part: Part) -> Vec<(Option<usize>, String)> {
    match (part, field) {
        (Part::Whole(characters), field) => {
            let whole = match field {
                FieldContent::Control(data) => data.clone(),
                FieldContent::Data(_, subfields) => {
                    let values = subfields.iter().map(|(_, value)| value.clone());
                    values.collect::<Vec<_>>().join(" ")
                }
            };
            selected(&whole, characters).map(|value| (None, value)).into_iter().collect()
        }
        (_, FieldContent::Control(_)) => Vec::new(),
        (Part::Indicator(which), FieldContent::Data(indicators, _)) => {
            vec![(None, indicators[which].to_string())]
        }
        (Part::Subfield(codes, characters), FieldContent::Data(_, subfields)) => {
            let (first, last) = codes.range;
            let is_selected = |at: usize| {
                let code = subfields[at].0;
                let same = (0..subfields.len()).filter(|&other| subfields[other].0 == code);
                (first..=last).contains(&code)
                    && codes
                        .index
                        .is_none_or(|index| index.pick(&same.collect::<Vec<_>>()).contains(&at))
            };
            let numbers = (0..subfields.len()).filter(|&at| is_selected(at));
            let values = numbers.map(|at| (Some(at), selected(&subfields[at].1, characters)));
            values.filter_map(|(at, value)| Some((at, value?))).collect()
        }
    }
}
