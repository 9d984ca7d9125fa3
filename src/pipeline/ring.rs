//! The ring: `rtrb`, or under loom a stand-in with the same interface and the same orderings,
//! because rtrb has no loom support.

#[cfg(not(loom))]
pub(super) use rtrb::{Consumer, Producer, RingBuffer};

#[cfg(loom)]
pub(super) use model::{Consumer, Producer, RingBuffer};

#[cfg(loom)]
mod model {
    use crate::sync::{Arc, AtomicUsize, Ordering, cell::UnsafeCell};
    use std::{cell::Cell, vec::Vec};

    /// rtrb's design: two free-running positions, each written by one side with Release and read by
    /// the other with Acquire. As in rtrb each side keeps its own position, and what it saw last of
    /// the other's: it looks again only when the ring seems to be full (or empty), or when it is
    /// asked for its `slots`. A stand-in that looked more often would synchronise more than rtrb.
    pub(crate) struct RingBuffer<T> {
        head: AtomicUsize,
        tail: AtomicUsize,
        slots: Vec<UnsafeCell<Option<T>>>,
    }

    // SAFETY: a slot is touched by the producer while it is free and by the consumer while it is
    // full; loom checks that in every interleaving.
    unsafe impl<T: Send> Sync for RingBuffer<T> {}

    pub(crate) struct Producer<T> {
        ring: Arc<RingBuffer<T>>,
        head: Cell<usize>,
        tail: Cell<usize>,
    }

    pub(crate) struct Consumer<T> {
        ring: Arc<RingBuffer<T>>,
        head: Cell<usize>,
        tail: Cell<usize>,
    }

    #[derive(Debug)]
    pub(crate) enum PushError<T> {
        Full(#[allow(dead_code, reason = "rtrb gives the value back; nobody here wants it")] T),
    }

    #[derive(Debug)]
    pub(crate) struct Empty;

    impl<T> RingBuffer<T> {
        #[allow(clippy::new_ret_no_self)]
        pub(crate) fn new(capacity: usize) -> (Producer<T>, Consumer<T>) {
            let ring = Arc::new(Self {
                head: AtomicUsize::new(0),
                tail: AtomicUsize::new(0),
                slots: (0..capacity).map(|_| UnsafeCell::new(None)).collect(),
            });
            let (head, tail) = (Cell::new(0), Cell::new(0));
            let producer =
                Producer { ring: Arc::clone(&ring), head: head.clone(), tail: tail.clone() };
            (producer, Consumer { ring, head, tail })
        }

        fn slot(&self, position: usize) -> &UnsafeCell<Option<T>> {
            &self.slots[position % self.slots.len()]
        }
    }

    impl<T> Producer<T> {
        pub(crate) fn push(&mut self, value: T) -> Result<(), PushError<T>> {
            let tail = self.tail.get();
            if tail - self.head.get() == self.ring.slots.len() && self.slots() == 0 {
                return Err(PushError::Full(value));
            }
            self.ring.slot(tail).with_mut(|slot| {
                // SAFETY: the slot is free, and only the producer fills slots.
                unsafe { *slot = Some(value) }
            });
            self.ring.tail.store(tail + 1, Ordering::Release);
            self.tail.set(tail + 1);
            Ok(())
        }

        pub(crate) fn slots(&self) -> usize {
            self.head.set(self.ring.head.load(Ordering::Acquire));
            self.ring.slots.len() - (self.tail.get() - self.head.get())
        }
    }

    impl<T> Consumer<T> {
        pub(crate) fn pop(&mut self) -> Result<T, Empty> {
            if self.is_empty() {
                return Err(Empty);
            }
            let head = self.head.get();
            let value = self.ring.slot(head).with_mut(|slot| {
                // SAFETY: the slot is full, and only the consumer empties slots.
                unsafe { (*slot).take() }
            });
            self.ring.head.store(head + 1, Ordering::Release);
            self.head.set(head + 1);
            value.ok_or(Empty)
        }

        pub(crate) fn peek(&self) -> Result<&T, Empty> {
            if self.is_empty() {
                return Err(Empty);
            }
            self.ring.slot(self.head.get()).with(|slot| {
                // SAFETY: the slot is full, and stays so while the consumer is borrowed.
                unsafe { (*slot).as_ref() }.ok_or(Empty)
            })
        }

        pub(crate) fn slots(&self) -> usize {
            self.tail.set(self.ring.tail.load(Ordering::Acquire));
            self.tail.get() - self.head.get()
        }

        fn is_empty(&self) -> bool {
            self.head == self.tail && self.slots() == 0
        }
    }
}
