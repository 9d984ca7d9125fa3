//! Text in NFC, built from characters and marks that come in the opposite order.

use unicode_normalization::{UnicodeNormalization as _, char::compose};

/// Text that grows by bases and marks. Each cluster is composed when its base arrives, so text
/// without marks pays nothing for NFC.
#[derive(Debug, Default)]
pub(super) struct Composer {
    text: String,
    /// Offset of the marks that wait for a base; they are at the end of the text.
    cluster: usize,
    /// True if a character was seen that NFC may change depending on its neighbours.
    is_unstable: bool,
}

impl Composer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ..Self::default() }
    }

    pub(super) const fn has_marks(&self) -> bool {
        self.cluster < self.text.len()
    }

    /// Appends ASCII text. No mark may be waiting.
    #[inline]
    pub(super) fn push_plain(&mut self, ascii: &[u8]) {
        debug_assert!(!self.has_marks());
        // This is always `Ok`: the bytes were checked to be ASCII.
        self.text.push_str(std::str::from_utf8(ascii).unwrap_or_default());
        self.cluster = self.text.len();
    }

    /// Appends a mark for the next base.
    #[inline]
    pub(super) fn push_mark(&mut self, mark: char) {
        self.text.push(mark);
    }

    /// Appends a base, and after it the marks that wait for it.
    #[inline]
    pub(super) fn push_base(&mut self, base: char, is_stable: bool) {
        if self.has_marks() {
            self.close_cluster(base);
        } else {
            self.text.push(base);
        }
        self.cluster = self.text.len();
        self.is_unstable |= !is_stable;
    }

    fn close_cluster(&mut self, base: char) {
        let mut marks = self.text[self.cluster..].chars();
        // A letter that already contains a mark may have to exchange it for another: ơ with an
        // ogonek is ǫ with a horn.
        let is_bare = base < '\u{C0}';
        if let (true, Some(mark), None) = (is_bare, marks.next(), marks.next()) {
            self.text.truncate(self.cluster);
            match compose(base, mark) {
                Some(composed) => self.text.push(composed),
                None => self.text.extend([base, mark]),
            }
        } else {
            self.text.insert(self.cluster, base);
            let composed: String = self.text[self.cluster..].nfc().collect();
            self.text.truncate(self.cluster);
            self.text.push_str(&composed);
        }
    }

    /// Appends the replacement of an error. Marks continue to wait: their base may be the part that
    /// is lost.
    pub(super) fn push_replacement(&mut self, text: &str) {
        self.text.insert_str(self.cluster, text);
        self.cluster += text.len();
    }

    /// Appends a character to which waiting marks do not apply.
    pub(super) fn push_aside(&mut self, char: char) {
        self.push_replacement(char.encode_utf8(&mut [0; 4]));
        self.is_unstable = true;
    }

    /// Returns the text. Marks that still have no base are dropped; the caller has already handled
    /// them.
    pub(super) fn finish(mut self) -> String {
        self.text.truncate(self.cluster);
        if self.is_unstable { self.text.nfc().collect() } else { self.text }
    }
}
