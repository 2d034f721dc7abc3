//! CloudFront: sites and APIs near to those who read them.

mod distribution;
mod origin;

pub use distribution::{Distribution, DistributionProps, DistributionRef, PriceClass, SinglePage};
pub use origin::{Behavior, CachePolicy, Origin, OriginRequestPolicy, origin_access_statement};
