//! Where a user stands in a rollout.

use xxhash_rust::xxh64::Xxh64;

use crate::Percentage;

/// How many buckets there are: one for each step of a [`Percentage`].
pub const BUCKETS: u16 = 10_000;

/// The bucket of a user, 0 to 9,999. A share of 12.34 percent are the buckets below 1,234, so that a rollout that grows takes
/// nobody out.
///
/// It is the 64-bit xxHash, with the seed 0, of the salt, a colon, and the user's attribute as a text, scaled to the number of
/// buckets: `hash * 10000 / 2^64`. Readers in any language come to the same.
///
/// ```
/// assert_eq!(flag_model::bucket("checkout.express-pay", "user-1"), flag_model::bucket("checkout.express-pay", "user-1"));
/// ```
pub fn bucket(salt: &str, user: &str) -> u16 {
    let mut hasher = Xxh64::new(0);
    hasher.update(salt.as_bytes());
    hasher.update(b":");
    hasher.update(user.as_bytes());
    let scaled = (u128::from(hasher.digest()) * u128::from(BUCKETS)) >> 64;
    u16::try_from(scaled).expect("the product of a 64-bit number and 10,000, divided by 2^64, is below 10,000")
}

impl Percentage {
    /// Whether the share takes in the users of a bucket.
    pub fn takes_in(self, bucket: u16) -> bool {
        bucket < self.basis_points()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_stay_where_they_are() {
        // To change these deals the users of all rollouts anew.
        let check = |salt: &str, user: &str, expected: u16| assert_eq!(bucket(salt, user), expected, "{salt} {user}");
        check("checkout.express-pay", "user-1", 560);
        check("checkout.express-pay", "user-2", 3407);
        check("search.index", "user-1", 12);
        check("", "", 4706);
        check("checkout.express-pay", "größe 😀", 5829);
    }

    #[test]
    fn shares_are_what_they_say() {
        let users: Vec<u16> =
            (0..100_000).map(|number| bucket("checkout.express-pay", &format!("user-{number}"))).collect();
        assert!(users.iter().all(|bucket| *bucket < BUCKETS));
        for basis_points in [0, 1, 100, 1000, 2500, 5000, 9900, 10_000] {
            let share = Percentage::from_basis_points(basis_points).unwrap();
            let inside = users.iter().filter(|bucket| share.takes_in(**bucket)).count();
            let got = f64::from(u32::try_from(inside).unwrap()) / 1000.0;
            assert!((got - share.percent()).abs() < 0.5, "{got} percent, wanted {share}");
        }
        // Who is early for one flag is not early for the next.
        let both = (0..100_000).filter(|number| {
            let user = format!("user-{number}");
            bucket("a", &user) < 1000 && bucket("b", &user) < 1000
        });
        let both = both.count();
        assert!((700..1300).contains(&both), "{both}");
    }
}
