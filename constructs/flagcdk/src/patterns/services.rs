//! The services that flags go to, and which shard of the fan-out each lives in.

use std::collections::BTreeMap;

/// How many numbered services a shard holds. It is a constant because another one would move services between stacks.
const NUMBERED_PER_SHARD: usize = 90;

/// How many named services a shard holds on average when the number of shards is not pinned. It leaves room for names that
/// do not spread evenly.
const NAMED_PER_SHARD: usize = 64;

/// The services that flags go to.
///
/// Which shard a service lives in depends on its own name or number, and for named ones on the number of shards, but on no
/// other service. So services come and go without moving others, as long as the number of shards stays.
///
/// ```
/// use flagcdk::patterns::Services;
///
/// assert_eq!(Services::numbered(156).names()[41], "service-042");
/// let services = Services::named(["billing", "search"]).sharded_over(4);
/// assert_eq!(services.shards().iter().map(|shard| shard.services.len()).sum::<usize>(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    names: Vec<String>,
    sharding: Sharding,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharding {
    /// By number, the same count in each.
    Ranges,
    /// By a hash of the name, over this many.
    Hash(usize),
}

/// Some of the services: those of one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The number, from 0 on. A shard that has no services is left out, so that numbers may have gaps.
    pub number: usize,
    /// The names of its services.
    pub services: Vec<String>,
}

impl Services {
    /// `service-001`, `service-002` and so on. Shards hold 90 each, in the order of their numbers.
    pub fn numbered(count: usize) -> Self {
        Self { names: (1..=count).map(|number| format!("service-{number:03}")).collect(), sharding: Sharding::Ranges }
    }

    /// Services with these names. Shards are chosen by a hash of the name.
    ///
    /// Until [`Services::sharded_over`] says otherwise, there are as many shards as the next power of two after one for
    /// each 64 services. That number grows with the services, and most services then move to another stack: pin it.
    pub fn named<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let shards = names.len().div_ceil(NAMED_PER_SHARD).next_power_of_two();
        Self { names, sharding: Sharding::Hash(shards) }
    }

    /// Pins the number of shards of named services, so that it does not grow with them. Numbered services have a constant
    /// size of shards instead.
    #[must_use]
    pub fn sharded_over(mut self, shards: usize) -> Self {
        if let Sharding::Hash(count) = &mut self.sharding {
            *count = shards.max(1);
        }
        self
    }

    /// The names, in the order in which they were given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Over how many shards named services are spread; none for numbered ones.
    pub fn hash_shards(&self) -> Option<usize> {
        match self.sharding {
            Sharding::Ranges => None,
            Sharding::Hash(count) => Some(count),
        }
    }

    /// The services by shard, those of a shard in alphabetical order.
    pub fn shards(&self) -> Vec<Shard> {
        let mut shards: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (index, name) in self.names.iter().enumerate() {
            let shard = match self.sharding {
                Sharding::Ranges => index / NUMBERED_PER_SHARD,
                Sharding::Hash(count) => {
                    usize::try_from(fnv1a(name) % count as u64).expect("it is less than the count")
                }
            };
            shards.entry(shard).or_default().push(name.clone());
        }
        let sorted = |(number, mut services): (usize, Vec<String>)| {
            services.sort();
            Shard { number, services }
        };
        shards.into_iter().map(sorted).collect()
    }
}

/// FNV-1a with 64 bits, written out because it decides which stack a queue is in and must never change.
///
/// See [the Internet-Draft](https://datatracker.ietf.org/doc/html/draft-eastlake-fnv).
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        for (text, expected) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(fnv1a(text), expected, "{text}");
        }
    }

    #[test]
    fn numbered_services_fill_shards_in_order() {
        let check = |count: usize, sizes: &[usize]| {
            let shards = Services::numbered(count).shards();
            assert_eq!(shards.iter().map(|shard| shard.services.len()).collect::<Vec<_>>(), sizes, "{count}");
        };
        check(0, &[]);
        check(1, &[1]);
        check(90, &[90]);
        check(91, &[90, 1]);
        check(156, &[90, 66]);
        check(1000, &[90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 10]);
        assert_eq!(Services::numbered(1000).names()[999], "service-1000");
    }

    #[test]
    fn a_service_stays_in_its_shard_when_others_come_and_go() {
        let shard_of = |services: &Services, name: &str| {
            services
                .shards()
                .into_iter()
                .find(|shard| shard.services.iter().any(|s| s == name))
                .map(|shard| shard.number)
        };
        let names: Vec<String> = (0..200).map(|number| format!("team-{number}-api")).collect();
        let all = Services::named(names.clone()).sharded_over(8);
        let half = Services::named(names.iter().skip(1).step_by(2).cloned()).sharded_over(8);
        for name in half.names() {
            assert_eq!(shard_of(&all, name), shard_of(&half, name), "{name}");
        }
        for count in [10, 91, 500] {
            assert_eq!(shard_of(&Services::numbered(count), "service-007"), Some(0));
        }
    }

    #[test]
    fn shards_of_named_services_have_room() {
        for count in [1, 64, 65, 156, 250, 1000] {
            let services = Services::named((0..count).map(|number| format!("team-{number}-api")));
            let largest = services.shards().iter().map(|shard| shard.services.len()).max().unwrap();
            assert!(largest <= 100, "{count} services: {largest} in one shard");
        }
    }
}
