//! The definition of one column.

use super::{
    fields::Codes,
    indicators::IndicatorPattern,
    options::{Linked, Metadata, Normalize, Order, Repeat, Type},
};
use crate::select::{Selector, SelectorError, TagPattern};
use std::{format, str::FromStr, string::String, vec::Vec};

/// The definition of a column: a source of values, and the treatment of them.
///
/// The source is a selector, whole fields, or a fact about the record. Options that contradict each
/// other are an error when the column becomes part of [`Columns`](super::Columns).
///
/// ```
/// use tidemarc::columns::{Column, Repeat, Type};
///
/// let subjects = Column::select("650$a")?.indicators("*0");
/// let title = Column::select("245$a$b")?.repeat(Repeat::Join).trim(true);
/// let year = Column::select("008/7-10")?.value_type(Type::Year);
/// # Ok::<(), tidemarc::select::SelectorError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub(super) source: Source,
    pub(super) repeat: Option<Repeat>,
    pub(super) separator: Option<String>,
    pub(super) order: Option<Order>,
    pub(super) kind: Option<Type>,
    pub(super) linked: Option<Linked>,
    pub(super) indicators: Option<String>,
    pub(super) normalize: Option<Normalize>,
    pub(super) trim: bool,
    pub(super) default: Option<String>,
}

/// The source of the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Selector(Selector),
    /// Data fields as structs: those with this tag, and the codes of the subfields as text.
    Fields(TagPattern, String),
    /// All fields as structs.
    AllFields,
    /// A column of the long table.
    Long(LongColumn),
    Metadata(Metadata),
}

/// The columns of the long table that have other cells in each row of a record, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LongColumn {
    FieldNo,
    Tag,
    Ind1,
    Ind2,
    SubfieldNo,
    Code,
    Value,
}

impl Column {
    pub(super) const fn of(source: Source) -> Self {
        Self {
            source,
            repeat: None,
            separator: None,
            order: None,
            kind: None,
            linked: None,
            indicators: None,
            normalize: None,
            trim: false,
            default: None,
        }
    }

    /// Creates a column of the values of a selector.
    #[must_use]
    pub const fn new(selector: Selector) -> Self {
        Self::of(Source::Selector(selector))
    }

    /// Creates a column of the values of a selector that is given as text.
    ///
    /// # Errors
    /// If the text is not a selector.
    pub fn select(selector: &str) -> Result<Self, SelectorError> {
        selector.parse().map(Self::new)
    }

    /// Creates a column of whole data fields, which keeps together what belongs together: structs of
    /// `ind1`, `ind2`, and `subfields`. These are a list of structs of `code` and `value`, in the
    /// order of the record. `codes` are those of the subfields to take, such as `"a02"`; blanks
    /// between them have no meaning, and an empty text takes all.
    ///
    /// Undecodable text is a null `value`, and the rest of the cell is kept.
    #[must_use]
    pub fn fields(tag: TagPattern, codes: impl Into<String>) -> Self {
        Self::of(Source::Fields(tag, codes.into()))
    }

    /// Creates a column of a fact about each record. It takes no other option.
    #[must_use]
    pub const fn metadata(fact: Metadata) -> Self {
        Self::of(Source::Metadata(fact))
    }

    /// Sets the treatment of several values in one record.
    ///
    /// Default: [`Repeat::List`]; [`Repeat::First`] for the leader, and for positions of control
    /// fields.
    #[must_use]
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = Some(repeat);
        self
    }

    /// Sets the text between two values of [`Repeat::Join`].
    ///
    /// Default: a blank.
    #[must_use]
    pub fn separator(mut self, separator: impl Into<String>) -> Self {
        self.separator = Some(separator.into());
        self
    }

    /// Sets the order of the subfields of one field.
    ///
    /// Default: [`Order::Record`].
    #[must_use]
    pub const fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// Sets the type of the values. Text without a value of this type is null.
    ///
    /// Default: [`Type::String`].
    #[must_use]
    pub const fn value_type(mut self, kind: Type) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Sets the use of fields 880.
    ///
    /// Default: [`Linked::No`].
    #[must_use]
    pub const fn linked(mut self, linked: Linked) -> Self {
        self.linked = Some(linked);
        self
    }

    /// Takes only fields with these indicators: two characters, of which `*` matches anything, and
    /// `#` or a blank is a blank.
    ///
    /// Default: any indicators.
    #[must_use]
    pub fn indicators(mut self, pattern: impl Into<String>) -> Self {
        self.indicators = Some(pattern.into());
        self
    }

    /// Converts the text to a normal form of Unicode.
    ///
    /// Default: as it stands.
    #[must_use]
    pub const fn normalize(mut self, form: Normalize) -> Self {
        self.normalize = Some(form);
        self
    }

    /// If true, removes blanks and the punctuation of ISBD at the end of each value: one of `/`, `:`,
    /// `;` and `,`; `=` or `+` after a blank; a full stop after three letters or digits, or after a
    /// bracket or quotation mark.
    ///
    /// Default: false.
    #[must_use]
    pub const fn trim(mut self, trim: bool) -> Self {
        self.trim = trim;
        self
    }

    /// Sets the cell of a record without a value, or with text that has no value of the type. It is
    /// for [`Repeat::First`] and [`Repeat::Join`]. A cell whose text is undecodable stays null.
    ///
    /// Default: null.
    #[must_use]
    pub fn default_value(mut self, default: impl Into<String>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Returns the source. Two facts are those of selectors.
    pub(super) fn settled_source(&self) -> Source {
        let selector = match self.source {
            Source::Metadata(Metadata::ControlNumber) => "001",
            Source::Metadata(Metadata::Leader) => "LDR",
            _ => return self.source.clone(),
        };
        selector.parse().map_or_else(|_| self.source.clone(), Source::Selector)
    }

    /// Returns the treatment of several values in one record.
    pub(super) fn settled_repeat(&self) -> Repeat {
        self.repeat.unwrap_or_else(|| match &self.source {
            Source::Selector(selector) if selector.is_single() => Repeat::First,
            Source::Metadata(_) => Repeat::First,
            Source::Long(_) => Repeat::Explode,
            _ => Repeat::List,
        })
    }

    /// Returns the use of fields 880.
    pub(super) fn settled_linked(&self) -> Linked {
        self.linked.unwrap_or(Linked::No)
    }

    /// Returns true if the values are structs.
    pub(super) fn has_structs(&self) -> bool {
        matches!(self.source, Source::Fields(..)) || self.settled_linked() == Linked::Pair
    }

    /// Checks that the options do not contradict each other.
    ///
    /// # Errors
    /// The contradiction, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Source::Metadata(fact) = &self.source
            && *self != Self::metadata(*fact)
        {
            return Err(format!("{fact} takes no options"));
        }
        let repeat = self.settled_repeat();
        let needs = |option: &str, allowed: &[Repeat]| match allowed.contains(&repeat) {
            true => Ok(()),
            false => {
                let names: Vec<_> = allowed.iter().map(|repeat| format!("`{repeat}`")).collect();
                let (last, first) = names.split_last().expect("a repeat is allowed");
                let names = match first {
                    [] => last.clone(),
                    first => format!("{} or {last}", first.join(", ")),
                };
                Err(format!("{option} needs repeat {names}, and this column has `{repeat}`"))
            }
        };
        if self.separator.is_some() {
            needs("separator", &[Repeat::Join])?;
        }
        let of_values = [Repeat::List, Repeat::First, Repeat::Join, Repeat::Explode];
        let of_scalars = [Repeat::List, Repeat::First, Repeat::Explode];
        for (option, is_set) in [
            ("order", self.order.is_some()),
            ("normalize", self.normalize.is_some()),
            ("trim", self.trim),
        ] {
            if is_set {
                needs(option, &of_values)?;
            }
        }
        if self.kind.is_some_and(|kind| kind != Type::String) {
            needs("type", &of_scalars)?;
        }
        if let Some(default) = &self.default {
            needs("default", &[Repeat::First, Repeat::Join])?;
            if let Some(kind) = self.kind.filter(|kind| !kind.has_value(default)) {
                return Err(format!("the default {default:?} has no value of the type `{kind}`"));
            }
        }
        self.check_structs(repeat)?;
        self.check_fields()
    }

    /// Checks the options that columns of structs do not have.
    fn check_structs(&self, repeat: Repeat) -> Result<(), String> {
        if !self.has_structs() {
            return Ok(());
        }
        let is_text = self.kind.is_none_or(|kind| kind == Type::String);
        for (option, is_allowed) in [
            ("repeat `join`", repeat != Repeat::Join),
            ("type", is_text),
            ("default", self.default.is_none()),
            ("order", self.order.is_none()),
        ] {
            if !is_allowed {
                return Err(format!("a column of structs has no {option}"));
            }
        }
        Ok(())
    }

    /// Checks the tag, the codes and the indicators.
    fn check_fields(&self) -> Result<(), String> {
        let pattern = self.indicators.as_deref().map(IndicatorPattern::parse).transpose()?;
        let has_indicators = match &self.source {
            Source::Fields(tag, codes) => {
                if Codes::parse(codes).is_none() {
                    return Err(format!("codes are ASCII characters, and not {codes:?}"));
                }
                if self.settled_linked() != Linked::No {
                    return Err("whole fields take no option `linked`".into());
                }
                if tag.is_leader() || tag.as_str().starts_with("00") {
                    return Err(format!("{tag} has no subfields"));
                }
                true
            }
            Source::Selector(selector) => selector.has_indicators(),
            _ => false,
        };
        if (pattern.is_some() || self.settled_linked() != Linked::No) && !has_indicators {
            return Err("control fields and the leader have no indicators and no links".into());
        }
        Ok(())
    }
}

impl FromStr for Column {
    type Err = SelectorError;

    fn from_str(selector: &str) -> Result<Self, SelectorError> {
        Self::select(selector)
    }
}

impl From<Selector> for Column {
    fn from(selector: Selector) -> Self {
        Self::new(selector)
    }
}
