//! The open arrays and objects, in their order.

/// The arrays and objects that are open, from the outermost to the innermost. It has a fixed size
/// of a few bytes: beyond the 128 innermost, all count as arrays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Nesting {
    depth: usize,
    /// One bit for each, the innermost lowest: set if it is an object.
    objects: u128,
}

impl Nesting {
    pub(super) const fn new() -> Self {
        Self { depth: 0, objects: 0 }
    }

    pub(super) const fn push(&mut self, is_object: bool) {
        self.objects = self.objects << 1 | is_object as u128;
        self.depth += 1;
    }

    /// Opens, inside the innermost, the arrays and objects that are open in another text, if these
    /// are fewer than 128.
    pub(super) const fn append(&mut self, inner: Self) {
        self.objects = self.objects << inner.depth | inner.objects;
        self.depth += inner.depth;
    }

    /// Closes the innermost if it is of this kind. Returns true if it is.
    pub(super) const fn close(&mut self, is_object: bool) -> bool {
        let is_open = self.depth > 0 && self.is_in_object() == is_object;
        if is_open {
            self.objects >>= 1;
            self.depth -= 1;
        }
        is_open
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Returns true if the innermost is an object.
    pub(super) const fn is_in_object(&self) -> bool {
        self.objects & 1 == 1
    }

    /// Returns true if any of them is an object.
    pub(super) const fn has_object(&self) -> bool {
        self.objects != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_is_closed_in_its_order() {
        let mut nesting = Nesting::new();
        nesting.push(true);
        let mut inner = Nesting::new();
        inner.push(false);
        inner.push(true);
        nesting.append(inner);
        for (is_object, is_open) in [
            (false, false),
            (true, true),
            (true, false),
            (false, true),
            (true, true),
            (true, false),
        ] {
            assert_eq!(nesting.close(is_object), is_open);
        }
        assert!(nesting.is_empty() && !nesting.has_object());
    }

    #[test]
    fn the_outermost_of_very_many_are_arrays() {
        let mut nesting = Nesting::new();
        (0..1_000).for_each(|_| nesting.push(true));
        (0..128).for_each(|_| assert!(nesting.close(true)));
        assert!(!nesting.has_object() && !nesting.is_empty());
        (0..872).for_each(|_| assert!(nesting.close(false)));
        assert!(nesting.is_empty());
    }
}
