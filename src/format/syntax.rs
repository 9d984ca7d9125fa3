//! The list of the text formats: their framers and their parsers.

use super::{
    Format, ReadOptions,
    draft::{Draft, ParseError},
    json, line, marcmaker, marcxml,
    text_framer::TextFramer,
};

/// A text format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Syntax {
    #[default]
    Marcxml,
    Json,
    Marcmaker,
    Line,
}

impl Syntax {
    /// Returns the syntax of a format, or `None` for ISO 2709, which is not text.
    pub(crate) const fn of(format: Format) -> Option<Self> {
        match format {
            Format::Iso2709 => None,
            Format::Marcxml => Some(Self::Marcxml),
            Format::Json | Format::JsonLines => Some(Self::Json),
            Format::Marcmaker => Some(Self::Marcmaker),
            Format::Line => Some(Self::Line),
        }
    }

    /// Returns the framer of the format. `is_resumed` says that reading begins inside the input.
    pub(super) fn framer(self, options: &ReadOptions, is_resumed: bool) -> Box<dyn TextFramer> {
        let limit = options.max_record_length;
        match self {
            Self::Marcxml => Box::new(marcxml::XmlFramer::new(limit, is_resumed)),
            Self::Json => Box::new(json::JsonFramer::new(limit, is_resumed)),
            Self::Marcmaker => Box::new(marcmaker::framer(limit)),
            Self::Line => Box::new(line::framer(limit)),
        }
    }

    /// Parses the bytes of a record into the draft, whose current record is empty.
    pub(crate) fn parse(
        self,
        bytes: &[u8],
        options: &ReadOptions,
        draft: &mut Draft,
    ) -> Result<(), ParseError> {
        match self {
            Self::Marcxml => marcxml::parse(bytes, options, draft),
            Self::Json => json::parse(bytes, options, draft),
            Self::Marcmaker => marcmaker::parse(bytes, options, draft),
            Self::Line => line::parse(bytes, options, draft),
        }
        .and_then(|()| draft.completed())
    }
}
