//! Interruption of the wait of a source on another thread.

use rustix::io::{self, Errno};
use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::Arc,
};

/// A descriptor that becomes readable when the other side requests it, and stays so.
///
/// It is an eventfd if the system has one. Otherwise it is a pipe, and both of its ends live as
/// long as either side: a write to a pipe without a reader would raise SIGPIPE, which ends a
/// process that does not ignore it.
#[derive(Debug)]
struct Bell {
    listens: OwnedFd,
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    rings: OwnedFd,
}

impl Bell {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn new() -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        let listens = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { listens })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn new() -> io::Result<Self> {
        let (listens, rings) = rustix::pipe::pipe()?;
        for end in [&listens, &rings] {
            rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
        }
        Ok(Self { listens, rings })
    }

    fn ring(&self) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let rings = &self.listens;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let rings = &self.rings;
        // An eventfd takes the eight bytes of a number; a pipe takes any bytes.
        loop {
            match io::write(rings, &1_u64.to_ne_bytes()) {
                Err(Errno::INTR) => {}
                written => return written.map(drop),
            }
        }
    }
}

/// The waiting side: its descriptor is readable as soon as the [`Stopper`] is dropped.
#[derive(Debug)]
pub(super) struct Stop(Arc<Bell>);

/// A guard that ends the wait of an input on another thread when it is dropped. It never raises a
/// signal, even if nothing waits any more.
#[derive(Debug)]
pub(crate) struct Stopper(Arc<Bell>);

/// Creates both sides.
///
/// # Errors
/// Fails if the system has no descriptor left.
pub(super) fn stop() -> io::Result<(Stop, Stopper)> {
    let bell = Arc::new(Bell::new()?);
    Ok((Stop(Arc::clone(&bell)), Stopper(bell)))
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.listens.as_fd()
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        // There is always room: the bell rings only once.
        let _ = self.0.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::stop;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    #[test]
    fn a_stop_is_readable_from_the_drop_of_its_stopper_on() {
        let (stop, stopper) = stop().unwrap();
        let is_readable = || {
            let mut one = [PollFd::new(&stop, PollFlags::IN)];
            poll(&mut one, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
        };
        assert!(!is_readable());
        drop(stopper);
        assert!(is_readable() && is_readable(), "it stays so");
    }

    /// A write without a reader returns its error together with SIGPIPE.
    #[test]
    fn a_stopper_meets_no_broken_pipe_where_nobody_waits_any_more() {
        let (stop, stopper) = stop().unwrap();
        drop(stop);
        assert_eq!(stopper.0.ring(), Ok(()));
    }
}
