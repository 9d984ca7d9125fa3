//! Two threads that write to one place: what `thread.sh` sees whether ThreadSanitizer looks by.

use std::{cell::UnsafeCell, thread};

struct Shared(UnsafeCell<u32>);

// SAFETY: none. That is the point.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared(UnsafeCell::new(0));

fn main() {
    // SAFETY: as above.
    let other = thread::spawn(|| unsafe { *SHARED.0.get() += 1 });
    // SAFETY: as above.
    unsafe { *SHARED.0.get() += 1 };
    other.join().unwrap();
}
