import { ByteWriter } from './byteWriter.ts';
import { ToldClients } from './toldClients.ts';
import { RequestScanner } from './requestScanner.ts';
import { ResponseScanner } from './responseScanner.ts';

/** What all connections of a thread use in turn, since whoever uses it is done before another can begin. */
export class FastTools {
  readonly requestScanner = new RequestScanner();
  readonly responseScanner = new ResponseScanner();
  readonly writer = new ByteWriter();
  readonly told = new ToldClients();
}
