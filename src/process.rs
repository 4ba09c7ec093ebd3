//! A process as Linux shows it below `/proc`: its time on processors, its memory, its files.

use std::fs;
use std::path::Path;

/// What is known of a process at one moment. Linux may hide a part of it: then that is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reading {
    /// The time that it has spent on processors, in user and system mode, in seconds.
    pub cpu_seconds: Option<f64>,
    /// Its address space, in bytes.
    pub virtual_bytes: Option<u64>,
    /// The part of that which is in memory, in bytes.
    pub resident_bytes: Option<u64>,
    /// When it began, in seconds since 1970.
    pub start_time_seconds: Option<f64>,
    /// How many files it has open. If a process reads this of itself, the directory that is read is one of them.
    pub open_fds: Option<u64>,
    /// How many it may have open; infinite if there is no limit.
    pub max_fds: Option<f64>,
}

/// Units of the kernel.
#[derive(Debug, Clone, Copy)]
struct Units {
    /// Ticks of its clock in a second.
    ticks: f64,
    /// Bytes of a page of memory.
    page: u64,
}

/// Reads what is known of a process.
///
/// `proc` is where the file system of that name is mounted; `process` is the number of the process, or `self`;
/// `boot_time` is what [`boot_time`] gives. Nothing of it fails: what cannot be read is none.
#[must_use]
pub fn read(proc: &Path, process: &str, boot_time: Option<f64>) -> Reading {
    let folder = proc.join(process);
    let stat = fs::read(folder.join("stat")).ok();
    let of_stat = stat.zip(Units::of_kernel()).and_then(|(stat, units)| of_stat(&stat, units, boot_time));
    Reading {
        open_fds: fs::read_dir(folder.join("fd")).ok().map(|files| files.count() as u64),
        max_fds: fs::read(folder.join("limits")).ok().and_then(|limits| max_fds(&limits)),
        ..of_stat.unwrap_or_default()
    }
}

/// When the kernel started, in seconds since 1970.
///
/// It follows from the clock of the system, and changes when somebody sets that: so it is to be read once, for otherwise the
/// start of a process would change too, and look like a restart.
#[must_use]
pub fn boot_time(proc: &Path) -> Option<f64> {
    let stat = fs::read(proc.join("stat")).ok()?;
    let line = stat.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"btime "))?;
    number(line)
}

impl Units {
    #[cfg(unix)]
    fn of_kernel() -> Option<Self> {
        // SAFETY: it may be called at any time, and takes no pointer.
        let (ticks, page) = unsafe { (libc::sysconf(libc::_SC_CLK_TCK), libc::sysconf(libc::_SC_PAGESIZE)) };
        let page = u64::try_from(page).ok().filter(|&page| page > 0)?;
        let ticks = u32::try_from(ticks).ok().filter(|&ticks| ticks > 0)?;
        Some(Self { ticks: ticks.into(), page })
    }

    #[cfg(not(unix))]
    fn of_kernel() -> Option<Self> {
        None
    }
}

/// What the file `stat` of a process says; proc_pid_stat(5) numbers its fields from 1.
fn of_stat(stat: &[u8], units: Units, boot_time: Option<f64>) -> Option<Reading> {
    // The second field is the name of the program in parentheses, which may hold any byte.
    let end = stat.iter().rposition(|&byte| byte == b')')?;
    let fields: Vec<&[u8]> =
        stat[end + 1..].split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).collect();
    let field = |place: usize| fields.get(place - 3).copied();
    let seconds = |place| Some(number::<f64>(field(place)?)? / units.ticks);
    let (user, system, begun) = (seconds(14)?, seconds(15)?, seconds(22)?);
    Some(Reading {
        cpu_seconds: Some(user + system),
        virtual_bytes: number(field(23)?),
        resident_bytes: number::<u64>(field(24)?).map(|pages| pages.saturating_mul(units.page)),
        start_time_seconds: boot_time.map(|boot_time| boot_time + begun),
        ..Reading::default()
    })
}

/// The soft limit of open files in the file `limits` of a process.
fn max_fds(limits: &[u8]) -> Option<f64> {
    let line = limits.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"Max open files"))?;
    let soft = line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    if soft == b"unlimited" { Some(f64::INFINITY) } else { number(soft) }
}

fn number<N: std::str::FromStr>(text: &[u8]) -> Option<N> {
    std::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const UNITS: Units = Units { ticks: 100.0, page: 4096 };
    const STAT: &[u8] = b"42 (a b) R 1 2 3 4 5 6 7 8 9 10 150 25 13 14 15 16 17 18 1000 8192 3 19\n";

    #[test]
    fn the_fields_of_a_process_are_read() {
        let reading = of_stat(STAT, UNITS, Some(7.0)).unwrap();
        assert_eq!(reading.cpu_seconds, Some(1.75));
        assert_eq!(reading.start_time_seconds, Some(17.0));
        assert_eq!((reading.virtual_bytes, reading.resident_bytes), (Some(8192), Some(3 * 4096)));
        assert_eq!(of_stat(STAT, UNITS, None).unwrap().start_time_seconds, None);
    }

    #[test]
    fn a_program_may_have_any_name() {
        for name in [&b"("[..], b")", b") R 1 2 3", b"\xff\n) (", b""] {
            let stat = [b"42 (", name, &STAT[7..]].concat();
            assert_eq!(of_stat(&stat, UNITS, Some(7.0)), of_stat(STAT, UNITS, Some(7.0)));
        }
    }

    #[test]
    fn a_file_that_ends_early_or_is_another_gives_nothing() {
        for length in 0..STAT.len() {
            of_stat(&STAT[..length], UNITS, Some(7.0));
        }
        for stat in [&b""[..], b"42", b"42 (a)", b"42 (a) R x x x x x x x x x x x x x x x x x x x x x"] {
            assert_eq!(of_stat(stat, UNITS, Some(7.0)), None);
        }
    }

    #[test]
    fn the_limit_of_open_files_is_read() {
        let head = "Limit                     Soft Limit           Hard Limit           Units     \n";
        let limits =
            |soft: &str| format!("{head}Max open files            {soft}    4096    files\nMax x 1\n");
        assert_eq!(max_fds(limits("1024").as_bytes()), Some(1024.0));
        assert_eq!(max_fds(limits("unlimited").as_bytes()), Some(f64::INFINITY));
        assert_eq!(max_fds(limits("many").as_bytes()), None);
        assert_eq!(max_fds(b"Max open files"), None);
        assert_eq!(max_fds(head.as_bytes()), None);
    }

    #[test]
    fn what_is_missing_gives_nothing() {
        let missing = Path::new("/missing/proc");
        assert_eq!(read(missing, "self", Some(1.0)), Reading::default());
        assert_eq!(boot_time(missing), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_read() {
        let proc = Path::new("/proc");
        let boot_time = boot_time(proc);
        let reading = read(proc, "self", boot_time);
        let by_number = read(proc, &std::process::id().to_string(), boot_time);
        assert_eq!(reading.start_time_seconds, by_number.start_time_seconds);
        assert!(reading.start_time_seconds > boot_time);
        assert!(reading.resident_bytes > Some(0) && reading.virtual_bytes >= reading.resident_bytes);
        assert!(reading.cpu_seconds.is_some() && reading.open_fds > Some(0) && reading.max_fds > Some(0.0));
    }
}
