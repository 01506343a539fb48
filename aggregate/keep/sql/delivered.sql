SELECT count() FROM review_deliveries WHERE week_end = {week_end:DateTime64(3, 'UTC')}
