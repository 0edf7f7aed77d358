-- Where the bytes of a medium lie: a file of the data folder, or an object of an S3 server's bucket.

alter table media
  add column place text not null default 'folder' check (place in ('folder', 's3'));
alter table media alter column place drop default;
