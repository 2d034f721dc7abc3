//! A static site: a private bucket that only a distribution of the account reads, over HTTPS, and a function that fills it.

use flagcdk::cloudfront::{self, Distribution, DistributionProps, Origin, PriceClass, SinglePage};
use flagcdk::lambda::{Code, Function, FunctionProps};
use flagcdk::s3::{Bucket, BucketProps};
use flagcdk::{App, ExitCode, Placement, Region};

pub(crate) fn app() -> App {
    let app = App::new("shop", Region::EU_WEST_1);
    // A distribution is everywhere by itself, so that its stack is at home.
    let stack = app.stack("Site", Placement::Home);

    // Origin access control has two halves: the distribution signs, and the bucket lets it read.
    let pages = BucketProps::builder().policy([cloudfront::origin_access_statement()]).build();
    let pages = Bucket::new(&stack, "Pages", pages);
    let props = DistributionProps::builder()
        .origin(Origin::bucket(&pages))
        .single_page(SinglePage::Yes)
        .price_class(PriceClass::Cheapest)
        .build();
    let site = Distribution::new(&stack, "Site", props);

    let publish = FunctionProps::builder().code(Code::cargo("publish")).timeout_seconds(120).build();
    let publish = Function::new(&stack, "Publish", publish);
    pages.as_ref().grant_put(&publish);
    site.as_ref().grant_invalidate(&publish);

    stack.output("DomainName", site.domain_name());
    app
}

fn main() -> ExitCode {
    flagcdk::main(|_| app())
}
