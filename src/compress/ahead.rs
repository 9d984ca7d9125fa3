//! Blocks of BGZF that several threads decompress, delivered in order.
//!
//! The thread that reads cuts the input into units of a few blocks, and puts them into a queue. A
//! helper takes the first unit that nobody has, decompresses it and puts it back. So does the
//! reader, if the front of the queue is not ready. A helper never waits, and ends if there is
//! nothing left to take.
//!
//! Only sound blocks are treated here. All else (a damaged block, another member of gzip, the end
//! of the input) is left to the decompressor of a single thread, which continues with the compressed
//! bytes of that place: there is one place that reports errors.

use super::unit::Unit;
use crate::source::Helpers;
use std::{
    boxed::Box,
    collections::VecDeque,
    fmt, mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    vec::Vec,
};

/// The most units in the queue: a bound on memory for any number of threads.
const MOST_UNITS: usize = 32;

/// The units that are ahead of the reader.
pub(super) struct Ahead {
    helpers: Helpers,
    shared: Arc<Shared>,
    /// Units whose memory is used again.
    spare: Vec<Unit>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Notified when a helper puts back a unit.
    ready: Condvar,
    /// True once the reader needs no more units.
    is_over: AtomicBool,
}

#[derive(Default)]
struct Queue {
    slots: VecDeque<Slot>,
    /// Number of the slot at the front.
    first: u64,
    /// Number of helpers that were started and have not ended.
    running: usize,
}

/// The place of a unit in the order.
enum Slot {
    Waiting(Unit),
    /// A helper has the unit.
    Taken,
    Ready(Unit),
}

/// The result of requesting the front.
pub(super) enum Front {
    Unit(Unit),
    /// A helper still has it, and the caller must not wait.
    Pending,
    /// The queue is empty.
    Empty,
}

impl Ahead {
    pub(super) fn new(helpers: Helpers) -> Self {
        let queue = Mutex::new(Queue::default());
        let shared = Shared { queue, ready: Condvar::new(), is_over: AtomicBool::new(false) };
        Self { helpers, shared: Arc::new(shared), spare: Vec::new() }
    }

    /// Returns true if the queue should be filled.
    pub(super) fn has_room(&self) -> bool {
        // Each helper has a unit, there is one more for each of them, and the reader has two.
        let room = (2 * self.helpers.count + 2).min(MOST_UNITS);
        self.shared.lock().slots.len() < room
    }

    /// Adds whole blocks to the queue.
    pub(super) fn push(&mut self, packed: &[u8]) {
        let mut unit = self.spare.pop().unwrap_or_default();
        unit.fill(packed);
        let mut queue = self.shared.lock();
        queue.slots.push_back(Slot::Waiting(unit));
        // The reader decompresses one unit itself, so a helper is of use for the second.
        let wants_helper = queue.slots.len() > 1 && queue.running < self.helpers.count;
        queue.running += usize::from(wants_helper);
        drop(queue);
        if wants_helper {
            let helper = Helper { shared: Arc::clone(&self.shared) };
            (self.helpers.spawn)(Box::new(move || helper.run()));
        }
    }

    /// Returns the unit at the front, decompressed by this thread if need be.
    pub(super) fn pop(&mut self, may_wait: bool) -> Front {
        let mut queue = self.shared.lock();
        loop {
            match queue.slots.pop_front() {
                None => return Front::Empty,
                Some(Slot::Ready(unit)) => {
                    queue.first += 1;
                    return Front::Unit(unit);
                }
                Some(Slot::Waiting(mut unit)) => {
                    queue.first += 1;
                    drop(queue);
                    unit.inflate();
                    return Front::Unit(unit);
                }
                Some(Slot::Taken) => queue.slots.push_front(Slot::Taken),
            }
            if let Some((number, mut unit)) = queue.take() {
                drop(queue);
                unit.inflate();
                queue = self.shared.lock();
                queue.put(number, unit);
            } else if may_wait {
                // A helper never waits, so it is ready soon.
                queue = self.shared.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
            } else {
                return Front::Pending;
            }
        }
    }

    /// Takes a unit back whose data was delivered, for its memory.
    pub(super) fn give_back(&mut self, unit: Unit) {
        if self.spare.len() < MOST_UNITS {
            self.spare.push(unit);
        }
    }

    /// Appends the blocks of all units in the queue, in order.
    pub(super) fn drain_into(self, packed: &mut Vec<u8>) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let mut queue = self.shared.lock();
        while queue.slots.iter().any(|slot| matches!(slot, Slot::Taken)) {
            queue = self.shared.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        for slot in queue.slots.drain(..) {
            if let Slot::Waiting(unit) | Slot::Ready(unit) = slot {
                packed.extend_from_slice(&unit.packed);
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Takes the first unit that nobody has, with its number.
    fn take(&mut self) -> Option<(u64, Unit)> {
        let at = self.slots.iter().position(|slot| matches!(slot, Slot::Waiting(_)))?;
        match mem::replace(&mut self.slots[at], Slot::Taken) {
            Slot::Waiting(unit) => Some((self.first + at as u64, unit)),
            // The position is that of a waiting one.
            Slot::Taken | Slot::Ready(_) => None,
        }
    }

    /// Puts a unit back into its place.
    fn put(&mut self, number: u64, unit: Unit) {
        let at = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot::Ready(unit);
        }
    }
}

/// A helper. If it is dropped before it runs, because there is no thread for it, it has ended.
struct Helper {
    shared: Arc<Shared>,
}

impl Helper {
    fn run(self) {
        while !self.shared.is_over.load(Ordering::Relaxed) {
            let taken = self.shared.lock().take();
            let Some((number, unit)) = taken else { return };
            let mut returned = Returned { shared: &self.shared, number, unit };
            returned.unit.inflate();
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.shared.lock().running -= 1;
    }
}

/// A unit that is put back when it is dropped, also by a panic. The reader then finds it incomplete,
/// like a damaged one.
struct Returned<'s> {
    shared: &'s Shared,
    number: u64,
    unit: Unit,
}

impl Drop for Returned<'_> {
    fn drop(&mut self) {
        self.shared.lock().put(self.number, mem::take(&mut self.unit));
        self.shared.ready.notify_all();
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Without the lock: in the child of a fork no thread may ever release it.
        self.shared.is_over.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead").field("helpers", &self.helpers.count).finish_non_exhaustive()
    }
}
